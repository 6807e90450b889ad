import type { Unknowns } from '../figure.js'

/** From where on a calibration counts as stale. */
export interface DriftLimits {
  /** |mean of (dark - offset)|, in noise of a pixel. @default 0.5 */
  readonly offsetDriftInNoise: number
  /** Robust sd of (dark - offset) of one frame above what noise explains, percent. @default 5 */
  readonly offsetPatternExcessPercent: number
  /** Pattern left by the gain map beyond its own noise, over the temporal noise of one flat. @default 0.3 */
  readonly gainPatternToTemporalRatio: number
  /** Pixels that deviate although the calibration calls them good. @default 10 */
  readonly newDefects: number
  /** Cluster kernel pixels among them or caused by them. @default 0 */
  readonly newKernelPixels: number
  /** @default 24 */
  readonly ageHours: number
  /** Difference of the panel's temperature, degrees Celsius. @default 5 */
  readonly temperatureChange: number
}

/** The defaults. */
export const DRIFT_LIMITS: DriftLimits = Object.freeze({
  offsetDriftInNoise: 0.5,
  offsetPatternExcessPercent: 5,
  gainPatternToTemporalRatio: 0.3,
  newDefects: 10,
  newKernelPixels: 0,
  ageHours: 24,
  temperatureChange: 5
})

/** One rule as judged. */
export interface DriftRule {
  readonly name: keyof DriftLimits
  readonly figure: number | null
  readonly limit: number
  readonly unit: string
  /** True: the calibration is stale by this rule; null: the figure is not known. */
  readonly exceeded: boolean | null
  /** Why there is no figure. */
  readonly reason?: string
}

const UNITS: Record<keyof DriftLimits, string> = {
  offsetDriftInNoise: '',
  offsetPatternExcessPercent: '%',
  gainPatternToTemporalRatio: '',
  newDefects: 'pixels',
  newKernelPixels: 'pixels',
  ageHours: 'h',
  temperatureChange: 'degC'
}

/**
 * Rules whose figure is judged with its sign: a spread below what noise gives is no pattern. The darks that made the map themselves give
 * an excess of sqrt((N - 1) / (N + 1)) - 1, as their mean is the map.
 */
const SIGNED: ReadonlySet<string> = new Set<keyof DriftLimits>(['offsetPatternExcessPercent'])

/** Judge each figure by its limit; where less is as far off as more, its sign aside. */
export function judgeDrift(
  figures: Readonly<Record<keyof DriftLimits, number | null>>,
  limits: DriftLimits,
  unknown: Unknowns
): DriftRule[] {
  return (Object.keys(DRIFT_LIMITS) as (keyof DriftLimits)[]).map((name) => {
    const figure = figures[name]
    const rule = { name, figure, limit: limits[name], unit: UNITS[name] }
    if (figure === null) return { ...rule, exceeded: null, reason: unknown[name] }
    return { ...rule, exceeded: (SIGNED.has(name) ? figure : Math.abs(figure)) > limits[name] }
  })
}
