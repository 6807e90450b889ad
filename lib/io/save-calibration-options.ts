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
