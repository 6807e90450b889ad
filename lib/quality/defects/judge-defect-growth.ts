/** From where on a change of the defect map calls for action. */
export interface DefectGrowthLimits {
  /** New bad pixels. @default 10 */
  readonly newPixels: number
  /** New cluster kernel pixels. @default 0 */
  readonly newKernelPixels: number
  /** New lines. @default 0 */
  readonly newLines: number
  /** Growth of the number of bad pixels, percent of that before, per year. @default 100: it doubles within a year */
  readonly growthPercentPerYear: number
}

/** The defaults: the first two are those at which a calibration counts as stale, the others are chosen here. */
export const DEFECT_GROWTH_LIMITS: DefectGrowthLimits = Object.freeze({
  newPixels: 10,
  newKernelPixels: 0,
  newLines: 0,
  growthPercentPerYear: 100
})

/**
 * `keep` the calibration; `recalibrate`: the panel has defects that its map does not have; `inspect`: it ages, have it looked at, and
 * recalibrate.
 */
export type DefectAction = 'keep' | 'recalibrate' | 'inspect'

/** One rule as judged. */
export interface DefectGrowthRule {
  readonly name: keyof DefectGrowthLimits
  /** Null: not known. */
  readonly figure: number | null
  readonly limit: number
  readonly unit: string
  /** What it calls for when exceeded. */
  readonly action: Exclude<DefectAction, 'keep'>
  /** Null: the figure is not known. */
  readonly exceeded: boolean | null
}

/** What to do, and by which rules. */
export interface DefectRecommendation {
  /** The gravest action of an exceeded rule. */
  readonly action: DefectAction
  readonly rules: readonly DefectGrowthRule[]
}

const ACTIONS: Readonly<Record<keyof DefectGrowthLimits, { readonly action: Exclude<DefectAction, 'keep'>; readonly unit: string }>> = {
  newPixels: { action: 'recalibrate', unit: 'pixels' },
  newKernelPixels: { action: 'recalibrate', unit: 'pixels' },
  newLines: { action: 'inspect', unit: '' },
  growthPercentPerYear: { action: 'inspect', unit: '% per year' }
}

/**
 * Hold the growth of a defect map against limits: a figure above its limit calls for the action of its rule, the gravest counts.
 * A figure that is not known decides nothing.
 */
export function judgeDefectGrowth(
  figures: Readonly<Record<keyof DefectGrowthLimits, number | null>>,
  limits: DefectGrowthLimits
): DefectRecommendation {
  const rules = (Object.keys(ACTIONS) as (keyof DefectGrowthLimits)[]).map((name): DefectGrowthRule => {
    const figure = figures[name]
    return { name, figure, limit: limits[name], ...ACTIONS[name], exceeded: figure === null ? null : figure > limits[name] }
  })
  const called = rules.filter(({ exceeded }) => exceeded === true).map(({ action }) => action)
  return { action: called.includes('inspect') ? 'inspect' : called.length > 0 ? 'recalibrate' : 'keep', rules }
}
