import type { CalibrationHeader } from './calibration-header.js'

/** What stands in a calibration file whose seal was found right. */
export interface SealedPart {
  readonly hdf5: Uint8Array
  /** null: a file of 0.1.0. */
  readonly header: CalibrationHeader | null
  /** What the trailer states: the hash of the header, or where there is none of the HDF5 part (hex). */
  readonly sha256: string
}
