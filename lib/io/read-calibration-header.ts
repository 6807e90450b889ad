import { CalibrationError } from '../errors.js'
import type { CalibrationHeader } from './nexus/calibration-header.js'
import { readSealedHeader } from './nexus/read-sealed-file.js'

/** What the header of a calibration file says. The maps were neither read nor verified. */
export interface ReadCalibrationHeader extends CalibrationHeader {
  /** false: only the header was found as it was sealed; `loadCalibration` verifies the rest. */
  readonly mapsVerified: false
  /** SHA-256 of the header, hex: tells two calibrations apart. */
  readonly sha256: string
}

/**
 * Read what the header of a calibration file says, in the same few milliseconds for every size: who, when, from what, how large, and the
 * hashes of the maps. The hash of the header is verified, the maps are not looked at.
 * @param path file of schema 2
 * @throws {FormatError} ERR_FORMAT when it is not a calibration, or truncated
 * @throws {ChecksumError} ERR_CHECKSUM when the header has changed
 * @throws {CalibrationError} ERR_CALIBRATION for another version, or one of 0.1.0, which has no header
 * @throws {IoError} ERR_IO when it cannot be read
 */
export async function readCalibrationHeader(path: string): Promise<ReadCalibrationHeader> {
  const { header, sha256 } = await readSealedHeader(path)
  if (header !== null) return { ...header, mapsVerified: false, sha256 }
  throw new CalibrationError({
    subject: path,
    expected: 'a header, which files have since schema 2',
    received: 'a file of schema 1: load it whole (and save it again to give it one)'
  })
}
