import { CalibrationError, FormatError } from '../errors.js'
import type { CalibrationSet } from '../maps/calibration-set.js'
import { assertHash } from './nexus/assert-hash.js'
import { calibrationOfParts } from './nexus/calibration-of-parts.js'
import { hashMap } from './nexus/hash-map.js'
import { hexOf } from './nexus/hex-of.js'
import { openHdf5Library } from './nexus/open-hdf5-library.js'
import { openHeader } from './nexus/open-header.js'
import { readTrailer } from './nexus/read-trailer.js'
import type { SealedPart } from './nexus/sealed-part.js'
import { FIRST_TRAILER, TRAILER } from './nexus/trailer-layout.js'

export interface ParseCalibrationOptions {
  /**
   * Name for messages.
   * @default 'calibration'
   */
  readonly name?: string
  /**
   * The file with the maps, where an edit of the defects has left them in a second file; its name stands in the message of the refusal.
   * @default undefined: all is in one file
   */
  readonly maps?: Uint8Array
}

/**
 * A calibration from the bytes of its file, checked as `loadCalibration` checks it; for pages and renderer processes, where the bytes come
 * from `fetch` or a file that was chosen. Needs `crypto.subtle` (https, localhost or a renderer process) and WebAssembly: the
 * Content-Security-Policy must allow `'wasm-unsafe-eval'`.
 * @param bytes the whole file
 * @throws {FormatError} ERR_FORMAT when it is not a calibration, is truncated, or not laid out as one
 * @throws {ChecksumError} ERR_CHECKSUM when a byte of it has changed
 * @throws {CalibrationError} ERR_CALIBRATION when its schema is not ours, its maps are missing, or a map holds what cannot be
 * @throws {ShapeError} ERR_SHAPE when its maps differ in shape
 */
export async function parseCalibration(
  bytes: Uint8Array,
  { name = 'calibration', maps }: ParseCalibrationOptions = {}
): Promise<CalibrationSet> {
  const part = await openSealed(name, bytes)
  const base = part.header?.maps ?? null
  if (base === null) return calibrationOfParts(await openHdf5Library(), name, part, null)
  const other = maps && (await openSealed(base.file, maps))
  if (other?.sha256 === base.sha256 && !other.header?.maps) return calibrationOfParts(await openHdf5Library(), name, part, other)
  throw new CalibrationError({
    subject: name,
    expected: `the maps of this calibration, which are in ${base.file} (option "maps")`,
    received: other ? 'another calibration' : 'none'
  })
}

async function openSealed(name: string, bytes: Uint8Array): Promise<SealedPart> {
  if (!(bytes instanceof Uint8Array) || bytes.length < FIRST_TRAILER.length) {
    const received = bytes instanceof Uint8Array ? `${bytes.length} bytes` : typeof bytes
    throw new FormatError({ file: name, expected: `a Uint8Array with a calibration of ${FIRST_TRAILER.length} bytes or more`, received })
  }
  const seal = readTrailer(name, bytes.length, bytes.subarray(-TRAILER.length))
  const header = await openHeader(name, seal, bytes.subarray(seal.length, seal.length + seal.headerLength))
  // a copy: the library keeps what it is given, and nobody may change it after it was verified
  const hdf5 = bytes.slice(0, seal.length)
  assertHash(name, header?.hdf5 ?? hexOf(seal.sha256), await hashMap(hdf5))
  return { hdf5, header, sha256: hexOf(seal.sha256) }
}
