/** What one rule looked for and found. */
export interface DefectRuleRecord {
  /** The defect class, and the stack where that matters: `noisy (flats 1)`. */
  readonly name: string
  /** Limit in use; null: the rule was not applied (a warning says why). */
  readonly threshold: number | null
  /** Unit of the threshold. */
  readonly unit: string
  /** Standard or paper that the rule follows. */
  readonly source: string
  /** Pixels that meet the rule, whether or not another rule found them too. */
  readonly found: number
  /** Smallest deviation that these frames can show to half of the pixels, in the unit of the threshold. */
  readonly smallestVisible?: number
  /** Smallest true deviation that the rule finds in 99.5 % of the pixels that have it, in the same unit. */
  readonly reliablyFound?: number
}

/** Pixels found from the even-numbered and from the odd-numbered kept frames alone: a true defect repeats. */
export interface HalfCounts {
  readonly both: number
  readonly evenOnly: number
  readonly oddOnly: number
  /** Found from all frames together, but from neither half: too weak for half of the frames, or chance. */
  readonly neither: number
}

/** Split-half repeatability of the defect map. */
export interface SplitHalf {
  /** Bad pixels, whatever their class. */
  readonly bad: HalfCounts
  /** By class; classes that were found nowhere are left out. */
  readonly classes: Readonly<Record<string, HalfCounts>>
}

/** How the defects of a calibration were found; plain JSON, in its provenance under `defectFinding`. */
export interface DefectFinding {
  /** Name, title and source of the preset. */
  readonly preset: string
  readonly title: string
  readonly source: string
  /** Single numbers that were given over the preset; `budget`: follows from `falsePixels`. */
  readonly overrides: Readonly<Record<string, number | 'budget' | null>>
  /** The numbers in use; null: that criterion is not in use. */
  readonly numbers: Readonly<Record<string, number | null>>
  /** Where numbers follow from a budget: false pixels per panel, probability per pixel and test, tests; else null. */
  readonly budget: { readonly falsePixels: number; readonly probability: number; readonly tests: number } | null
  /** Panel layout in use, a list where the chips differ; null: unknown. */
  readonly chipColumns: number | readonly number[] | null
  readonly midline: number | null
  /** Every rule with its limit and what it found, in the order of application. */
  readonly rules: readonly DefectRuleRecord[]
  /** null: not asked for, or too few frames. */
  readonly splitHalf: SplitHalf | null
}
