import { realpath, unlink } from 'node:fs/promises'
import { AbortedError, CalibrationError, isDetectorError } from '../errors.js'
import type { CalibrationSet } from '../maps/calibration-set.js'
import { archiveCalibration } from './archive-calibration.js'
import { assertCalibration } from './nexus/assert-calibration.js'
import { assertLayersFit } from './nexus/assert-layers-fit.js'
import { parseProvenance } from './nexus/parse-provenance.js'
import { writeSealedFile } from './nexus/write-sealed-file.js'
import { replaceFile } from './replace-file.js'

export interface SaveCalibrationOptions {
  /**
   * Replace a file that is there.
   * @default false
   */
  overwrite?: boolean
  /**
   * Keep the file that is replaced beside the new one, as `SN1234.20261121T021500Z.nxs`.
   * @default true
   */
  keepOld?: boolean
  /**
   * The time in the name of the archive.
   * @default the clock
   */
  now?: Date
  /** Ends the work; nothing is left behind. */
  signal?: AbortSignal
}

/** Where a calibration was saved. */
export interface SavedCalibration {
  readonly path: string
  /** Where the file is that was replaced; null when there was none, or it was not to be kept. */
  readonly archived: string | null
}

/**
 * Save a calibration as one file: HDF5 laid out after NeXus (h5py, silx, h5web, HDFView and MATLAB open it), followed by
 * a header (JSON) and a trailer of 64 bytes with the hashes of it all. Every map comes back to the bit.
 *
 * At every instant `path` is the old file or the whole new one, also when the process is killed. What is null is absent
 * in the file. Values of the provenance that JSON does not know (NaN, undefined) are not kept.
 * @param path file to write, by custom `<serial number>.nxs`
 * @param calibration maps of one shape, finite; gain, noise and sigmas not below 0
 * @returns the path, and where the old file is
 * @throws {ExistsError} ERR_EXISTS when `path` is there and `overwrite` is false
 * @throws {ShapeError} ERR_SHAPE when the maps differ in shape
 * @throws {CalibrationError} ERR_CALIBRATION when a map or number cannot serve
 * @throws {AbortedError} ERR_ABORTED
 * @throws {IoError} ERR_IO
 * @see NeXus definitions, NXdetector and NXprocess (2024)
 */
export async function saveCalibration(
  path: string,
  calibration: CalibrationSet,
  { overwrite = false, keepOld = true, now = new Date(), signal }: SaveCalibrationOptions = {}
): Promise<SavedCalibration> {
  assertCalibration(path, calibration)
  assertLayersFit(path, calibration)
  await assertProvenance(path, calibration)
  let archived: string | null = null
  const write = async (temporaryPath: string): Promise<void> => {
    await writeSealedFile(temporaryPath, calibration, { maps: null, check: () => assertNotAborted(path, signal) })
    if (overwrite && keepOld) archived = await archiveCalibration(await realpath(path).catch(() => path), now)
    assertNotAborted(path, signal)
  }
  try {
    await replaceFile(path, write, { overwrite })
  } catch (error) {
    if (archived !== null) await unlink(archived).catch(() => {})
    throw error
  }
  return { path, archived }
}

/** What could not be loaded again is not saved. */
async function assertProvenance(path: string, { provenance }: CalibrationSet): Promise<void> {
  try {
    await parseProvenance(path, JSON.stringify(provenance))
  } catch (cause) {
    const received = isDetectorError(cause) ? cause.received : (cause as Error).message
    throw new CalibrationError({ subject: `${path}: provenance`, expected: 'plain data as its type says', received, cause })
  }
}

function assertNotAborted(path: string, signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AbortedError(`saving ${path}`, signal.reason)
}
