import type { CalibrationSet } from '../maps/calibration-set.js'
import { lockFile } from './lock-file.js'
import type { SaveCalibrationOptions, SavedCalibration } from './save-calibration-options.js'
import { writeCalibration } from './write-calibration.js'

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
 * @throws {IoError} ERR_IO, also when another program of flatpanel changes the file for longer than a minute
 * @see NeXus definitions, NXdetector and NXprocess (2024)
 */
export async function saveCalibration(
  path: string,
  calibration: CalibrationSet,
  { overwrite = false, keepOld = true, now = new Date(), signal }: SaveCalibrationOptions = {}
): Promise<SavedCalibration> {
  const save = () => writeCalibration(path, calibration, { overwrite, keepOld, now, signal, maps: null })
  return overwrite ? lockFile(path, save, { signal }) : save()
}
