import { readSealedHeader } from './nexus/read-sealed-file.js'

/**
 * The SHA-256 that the trailer of a calibration file states, of its header, which has those of all that it holds: tells two calibrations
 * of one name apart. Header and trailer are read and nothing else; `loadCalibration` checks that the rest is true.
 * @returns 64 hex digits
 * @throws {FormatError} ERR_FORMAT when there is no trailer
 * @throws {ChecksumError} ERR_CHECKSUM when the header has changed
 * @throws {CalibrationError} ERR_CALIBRATION for a header of another version
 * @throws {IoError} ERR_IO when it cannot be read
 */
export async function readCalibrationHash(path: string): Promise<string> {
  return (await readSealedHeader(path)).sha256
}
