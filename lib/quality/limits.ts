/** What a metric may be, ends included. At least one end is given. */
export interface Limit {
  readonly min?: number
  readonly max?: number
  /** Free text: where the limit comes from. */
  readonly note?: string
}

/** The content of a limits file. */
export interface Limits {
  readonly schema: 'flatpanel.limits/1'
  readonly limits: Readonly<Record<string, Limit>>
}
