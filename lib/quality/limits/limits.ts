/** What a metric may be, ends included. At least one of the four numbers is given. */
export interface Limit {
  readonly min?: number
  readonly max?: number
  /** Largest distance from the baseline, either way, in the unit of the metric. Judged on the figure over all flats. */
  readonly maxChange?: number
  /** The same in percent of the baseline. */
  readonly maxChangePercent?: number
  /** Free text: where the limit comes from. */
  readonly note?: string
}

/** The content of a limits file. */
export interface Limits {
  readonly schema: 'flatpanel.limits/1'
  /** File of an earlier verification that changes are measured against, relative to the limits file; whoever reads the file loads it. */
  readonly baseline?: string
  readonly limits: Readonly<Record<string, Limit>>
}
