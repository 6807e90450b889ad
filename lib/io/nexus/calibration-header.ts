import type { CalibrationSet, Provenance } from '../../maps/calibration-set.js'
import type { Shape } from '../../frame/shape.js'

/** The file with the maps that stands beside a file made by an edit of defects. */
export interface MapsFile {
  /** Its name, in the same folder. */
  readonly file: string
  /** What its trailer states: the hash of its header. */
  readonly sha256: string
}

/** What the header of a calibration file states: all of a calibration but what its pixels say. */
export interface CalibrationHeader {
  readonly schema: string
  /** Steps that must be applied beside offset, gain and repair. */
  readonly requiredSteps: readonly string[]
  readonly shape: Shape
  readonly serialNumber: string | null
  readonly localName: string | null
  /** DN. */
  readonly reference: number
  readonly saturation: CalibrationSet['saturation']
  readonly pixelPitch: CalibrationSet['pixelPitch']
  readonly darkFrames: number
  readonly flatFrames: number
  readonly provenance: Provenance
  /** Name of map, text or `group/dataset` -> SHA-256 of its little-endian values. */
  readonly checksums: Readonly<Record<string, string>>
  /** SHA-256 of the HDF5 part. */
  readonly hdf5: string
  /** Where the maps stand, all but the flags; null: in this file. */
  readonly maps: MapsFile | null
}
