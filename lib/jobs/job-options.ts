/** How far a job is: a stage has come to `done` of `total` (null: not known how many). */
export interface JobProgress {
  readonly type: 'progress'
  /** In words: `correcting`, `hashing frames`. */
  readonly stage: string
  readonly done: number
  readonly total: number | null
}

/** Something that the user should know and that stops nothing. */
export interface JobWarning {
  readonly type: 'warning'
  readonly message: string
}

/** What every job may be given beside its own options. */
export interface JobOptions<E = JobProgress> {
  /**
   * Told of progress and facts as they come; must not throw.
   * @default nobody
   */
  readonly onEvent?: (event: E) => void
  /**
   * Ends the job with ERR_ABORTED; what was finished by then is kept.
   * @default never
   */
  readonly signal?: AbortSignal
}
