/** What is told while a stack is read and combined. */
export interface CalibrationProgress {
  /** `reading darks`, `combining flats of level 1`, `finding defects`, ... */
  readonly stage: string
  /** Frames read, or rows combined. */
  readonly done: number
  /** How many there will be; null: not known yet. */
  readonly total: number | null
}

/** The part of an AbortSignal that is used here. */
export interface AbortSignalLike {
  readonly aborted: boolean
  readonly reason?: unknown
}

/** How a calibration step may run. */
export interface RunOptions {
  /**
   * Bytes that frames may take in memory. A stack that fits is held; a larger one is read again by bands of rows.
   * Frames of an array are there already and count as nothing.
   * @default 1073741824 (1 GiB)
   */
  readonly memory?: number
  /** Ends the work between two frames or bands of rows. */
  readonly signal?: AbortSignalLike
  readonly onProgress?: (event: CalibrationProgress) => void
}

/** 1 GiB. */
export const DEFAULT_MEMORY = 2 ** 30
