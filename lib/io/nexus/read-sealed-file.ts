import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { DetectorError, FormatError, IoError } from '../../errors.js'
import { assertHash } from './assert-hash.js'
import { hexOf } from './hex-of.js'
import { openHeader } from './open-header.js'
import { readTrailer } from './read-trailer.js'
import type { Seal } from './read-trailer.js'
import type { CalibrationHeader } from './calibration-header.js'
import type { SealedPart } from './sealed-part.js'
import { FIRST_TRAILER, TRAILER } from './trailer-layout.js'

const chunkLength = 8 * 2 ** 20
/** Enough for eight maps of 8192 x 8192; a longer file is refused before anything is allocated. */
const longest = 2 ** 31 - 1

/** A header is text: beyond this it is a mistake or an attack. */
const longestHeader = 2 ** 26

/** The header of a calibration file, and what the trailer states of it. */
export interface SealedHeader {
  /** null: a file of 0.1.0. */
  readonly header: CalibrationHeader | null
  readonly sha256: string
}

/**
 * Read a calibration file once, whole, and give the HDF5 part after its SHA-256 was found right.
 * @throws {FormatError} ERR_FORMAT when there is no trailer, or the file is not as long as it says
 * @throws {ChecksumError} ERR_CHECKSUM when any byte has changed
 * @throws {CalibrationError} ERR_CALIBRATION for a header of another version
 * @throws {IoError} ERR_IO
 */
export async function readSealedFile(path: string): Promise<SealedPart> {
  return withHandle(path, async (handle) => {
    const { seal, header } = await readEnd(path, handle)
    const hdf5 = new Uint8Array(Buffer.allocUnsafeSlow(seal.length).buffer)
    const found = await readAndHash(path, handle, hdf5)
    assertHash(path, header?.hdf5 ?? hexOf(seal.sha256), found.toString('hex'))
    return { hdf5, header, sha256: hexOf(seal.sha256) }
  })
}

/**
 * Read the end of a calibration file, the header with what the trailer states of it, and nothing else.
 * @throws {FormatError} ERR_FORMAT when there is no trailer, or the file is not as long as it says
 * @throws {ChecksumError} ERR_CHECKSUM when the header has changed
 * @throws {CalibrationError} ERR_CALIBRATION for a header of another version
 * @throws {IoError} ERR_IO
 */
export async function readSealedHeader(path: string): Promise<SealedHeader> {
  return withHandle(path, async (handle) => {
    const { seal, header } = await readEnd(path, handle)
    return { header, sha256: hexOf(seal.sha256) }
  })
}

async function withHandle<Result>(path: string, work: (handle: FileHandle) => Promise<Result>): Promise<Result> {
  try {
    const handle = await open(path, 'r')
    try {
      return await work(handle)
    } finally {
      await handle.close()
    }
  } catch (cause) {
    if (cause instanceof DetectorError) throw cause
    const { message } = cause as Error
    throw new IoError({ subject: path, expected: 'a calibration file that can be read', received: message, cause })
  }
}

async function readEnd(path: string, handle: FileHandle): Promise<{ seal: Seal; header: CalibrationHeader | null }> {
  const facts = await handle.stat()
  if (!facts.isFile()) {
    const received = facts.isDirectory() ? 'a folder' : 'something that is not a file'
    throw new IoError({ subject: path, expected: 'a calibration file', received })
  }
  const { size } = facts
  if (size < FIRST_TRAILER.length || size > longest) {
    const expected = `a calibration file of ${FIRST_TRAILER.length} to ${longest} bytes`
    throw new FormatError({ file: path, expected, received: `${size} bytes` })
  }
  const trailer = new Uint8Array(Math.min(size, TRAILER.length))
  await fill(path, handle, trailer, size - trailer.length)
  const seal = readTrailer(path, size, trailer)
  if (seal.headerLength > longestHeader) {
    throw new FormatError({ file: path, expected: `a header of at most ${longestHeader} bytes`, received: `${seal.headerLength} bytes` })
  }
  const header = new Uint8Array(seal.headerLength)
  await fill(path, handle, header, seal.length)
  return { seal, header: await openHeader(path, seal, header) }
}

/** The next piece is read while the last one is hashed. */
async function readAndHash(path: string, handle: FileHandle, bytes: Uint8Array): Promise<Buffer> {
  const hash = createHash('sha256')
  let last = bytes.subarray(0, 0)
  for (let at = 0; at < bytes.length; at += chunkLength) {
    const next = bytes.subarray(at, at + chunkLength)
    const reading = fill(path, handle, next, at)
    hash.update(last)
    await reading
    last = next
  }
  return hash.update(last).digest()
}

async function fill(path: string, handle: FileHandle, into: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < into.length;) {
    const { bytesRead } = await handle.read(into, at, into.length - at, position + at)
    if (bytesRead === 0) {
      throw new FormatError({
        file: path,
        offset: position + at,
        expected: 'more bytes',
        received: 'the end: it was cut while it was read'
      })
    }
    at += bytesRead
  }
}
