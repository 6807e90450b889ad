/** One measured number with its name and unit. `value` is null where the data cannot give it; `reason` then says why. */
export interface Figure {
  readonly name: string
  readonly value: number | null
  /** `DN`, `DN^2`, `%`, `pixels`, or empty for a plain ratio. */
  readonly unit: string
  readonly reason?: string
}

/** Reasons for the fields of a result that are null, by field name. */
export type Unknowns = Readonly<Record<string, string>>
