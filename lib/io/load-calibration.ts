import { dirname, join } from 'node:path'
import { realpath } from 'node:fs/promises'
import { CalibrationError, isDetectorError } from '../errors.js'
import type { CalibrationSet } from '../maps/calibration-set.js'
import type { MapsFile } from './nexus/calibration-header.js'
import { calibrationOfParts } from './nexus/calibration-of-parts.js'
import { openHdf5Library } from './nexus/open-hdf5-library.js'
import { readSealedFile } from './nexus/read-sealed-file.js'
import type { SealedPart } from './nexus/sealed-part.js'

/**
 * Load a calibration that {@link saveCalibration} wrote, and believe nothing of it before it was checked: the seal
 * over the whole file first (the bytes that were verified are the bytes that are read; the file is not
 * opened again), then schema, shapes, the SHA-256 of each map, the values of the maps, the provenance, and that the
 * defect layers, where there are any, add up to the defect map.
 *
 * A file that an edit of defects made has the flags; the file with the other maps, which it names, must stand beside it.
 *
 * What is absent in the file is null: unknown.
 * @param path file; other HDF5 files are refused here
 * @throws {FormatError} ERR_FORMAT when it is not a calibration, is truncated, or not laid out as one
 * @throws {ChecksumError} ERR_CHECKSUM when a byte of it has changed
 * @throws {CalibrationError} ERR_CALIBRATION when its schema is not ours, or a map holds what cannot be
 * @throws {ShapeError} ERR_SHAPE when its maps differ in shape
 * @throws {IoError} ERR_IO when it cannot be read
 */
export async function loadCalibration(path: string): Promise<CalibrationSet> {
  const library = openHdf5Library()
  library.catch(() => {})
  const part = await readSealedFile(path)
  const base = part.header?.maps ? await readMapsFile(path, part.header.maps) : null
  return calibrationOfParts(await library, path, part, base)
}

async function readMapsFile(path: string, { file, sha256 }: MapsFile): Promise<SealedPart> {
  const place = join(dirname(await realpath(path)), file)
  const expected = `the maps of this calibration in ${file} beside it (an edit of its defects left them there: keep both files together)`
  const part = await readSealedFile(place).catch((cause: unknown) => {
    if (!isDetectorError(cause, 'ERR_IO')) throw cause
    throw new CalibrationError({ subject: path, expected, received: cause.received, cause })
  })
  if (part.sha256 === sha256 && !part.header?.maps) return part
  throw new CalibrationError({ subject: path, expected, received: 'a file of that name that holds another calibration' })
}
