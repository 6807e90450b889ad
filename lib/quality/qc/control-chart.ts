import { OptionError } from '../../errors.js'
import type { Unknowns } from '../figure.js'

/** Centre and spread of a figure while all was well, in its own unit. */
export interface ControlTarget {
  readonly mean: number
  /** Standard deviation from day to day, above 0. */
  readonly sd: number
}

export interface ControlChartOptions {
  /** How many of the first values make the baseline; at least 20. @default 20 */
  readonly baseline?: number
  /** Centre and spread known beforehand: then every value is judged and none makes the baseline. @default from the baseline */
  readonly target?: ControlTarget
  /** Weight of the newest value in the EWMA, above 0 to 1. @default 0.2 */
  readonly lambda?: number
  /** Limits of the EWMA in its own standard deviations. @default 3 */
  readonly ewmaSigmas?: number
  /** True: the limits of the first values too, sqrt(1 - (1 - lambda)^(2t)) of the steady ones. @default false */
  readonly exactLimits?: boolean
  /** Slack of the CUSUM, standard deviations: half the shift to be found. @default 0.5 */
  readonly k?: number
  /** Limit of the CUSUM, standard deviations. @default 5 */
  readonly h?: number
}

/** One value on the chart. The statistics are null for values of the baseline and for a missing value. */
export interface ControlPoint {
  readonly index: number
  readonly value: number | null
  readonly baseline: boolean
  /** Exponentially weighted moving average, in the unit of the values. */
  readonly ewma: number | null
  readonly ewmaLower: number | null
  readonly ewmaUpper: number | null
  /** Two-sided CUSUM, in standard deviations of the baseline. */
  readonly cusumHigh: number | null
  readonly cusumLow: number | null
  readonly ewmaAlarm: boolean
  readonly cusumAlarm: boolean
}

export interface ControlChart {
  readonly points: readonly ControlPoint[]
  /** Mean and sd (ddof 1) of the baseline, or the target given. */
  readonly mean: number | null
  readonly sd: number | null
  readonly baselineCount: number
  /** Values judged: not of the baseline, not missing. */
  readonly judgedCount: number
  /** Indices of the values at which a chart is beyond its limit. */
  readonly ewmaAlarms: readonly number[]
  readonly cusumAlarms: readonly number[]
  /** True when no value judged raised an alarm; null when none was judged. */
  readonly inControl: boolean | null
  readonly unknown: Unknowns
}

interface Rules {
  readonly lambda: number
  readonly ewmaSigmas: number
  readonly exactLimits: boolean
  readonly k: number
  readonly h: number
}

const FEWEST = 20

/**
 * Watch one figure from day to day: an EWMA and a two-sided CUSUM against a baseline of its first values. With z = (x - mean) / sd:
 * EWMA e = lambda z + (1 - lambda) e, limits +- 3 sqrt(lambda / (2 - lambda)); CUSUM c+ = max(0, c+ + z - k),
 * c- = max(0, c- - z - k), alarm above h. Both start at 0 after the baseline and run on after an alarm: an alarm lasts as long as its
 * cause, and a while longer. With k = 0.5 and h = 5 and a known mean and sd, the CUSUM of a process in control raises a false alarm about
 * every 465 values; a baseline of 20 values knows its sd to 16 % only, and false alarms come correspondingly sooner or later.
 * Missing values (null, or not finite) are passed over: they join neither the baseline nor the statistics.
 * @param values the figure, oldest first, any unit
 * @returns the statistics of every value and the alarms; null, with a reason in `unknown`, where the baseline is too short or constant
 * @throws {OptionError} ERR_OPTION for a baseline below 20, lambda outside (0, 1], or a limit that is no positive number
 * @see D. C. Montgomery, Introduction to Statistical Quality Control, chapter 9 (7th edition, 2013); E. S. Page, Biometrika 41, 1954;
 * S. W. Roberts, Technometrics 1, 1959
 */
export function controlChart(
  values: readonly (number | null)[],
  { baseline = FEWEST, target, lambda = 0.2, ewmaSigmas = 3, exactLimits = false, k = 0.5, h = 5 }: ControlChartOptions = {}
): ControlChart {
  assertRules(baseline, target, { lambda, ewmaSigmas, exactLimits, k, h })
  const known = values.map((value) => (value !== null && Number.isFinite(value) ? value : null))
  const first = target ? 0 : endOfBaseline(known, baseline)
  const counted = known.slice(0, first).filter((value) => value !== null)
  const centre = target ?? (counted.length < baseline ? null : momentsOf(counted))
  const reason = centre === null ? `a baseline of ${baseline} values is needed, there are ${counted.length}` : flat(centre)
  if (centre === null || reason !== null) return nothing(known, first, counted.length, centre, reason!)
  const points = judge(known, first, centre, { lambda, ewmaSigmas, exactLimits, k, h })
  const ewmaAlarms = points.filter((point) => point.ewmaAlarm).map(({ index }) => index)
  const cusumAlarms = points.filter((point) => point.cusumAlarm).map(({ index }) => index)
  const judgedCount = points.filter((point) => point.ewma !== null).length
  const inControl = judgedCount === 0 ? null : ewmaAlarms.length + cusumAlarms.length === 0
  return {
    points,
    ...centre,
    baselineCount: counted.length,
    judgedCount,
    ewmaAlarms,
    cusumAlarms,
    inControl,
    unknown: inControl === null ? { inControl: 'no value after the baseline' } : {}
  }
}

function assertRules(baseline: number, target: ControlTarget | undefined, { lambda, ewmaSigmas, k, h }: Rules): void {
  if (!Number.isSafeInteger(baseline) || baseline < FEWEST) refuse('baseline', `a whole number of at least ${FEWEST}`, baseline)
  if (!(lambda > 0 && lambda <= 1)) refuse('lambda', 'a number above 0, at most 1', lambda)
  if (!(ewmaSigmas > 0)) refuse('ewmaSigmas', 'a number above 0', ewmaSigmas)
  if (!(k >= 0)) refuse('k', 'a number of at least 0', k)
  if (!(h > 0)) refuse('h', 'a number above 0', h)
  if (target && !(Number.isFinite(target.mean) && target.sd > 0)) {
    refuse('target', 'a mean and an sd above 0', `mean ${target.mean}, sd ${target.sd}`)
  }
}

function refuse(name: string, expected: string, received: unknown): never {
  throw new OptionError({ subject: `option "${name}"`, expected, received: String(received) })
}

// Index after the last value of the baseline; missing values do not count.
function endOfBaseline(values: readonly (number | null)[], baseline: number): number {
  let count = 0
  for (let i = 0; i < values.length; i++) {
    if (values[i] !== null && ++count === baseline) return i + 1
  }
  return values.length
}

function momentsOf(values: readonly number[]): ControlTarget {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean, sd: Math.sqrt(squares / (values.length - 1)) }
}

// Rounding leaves a constant baseline an sd of some 1e-16 of its mean.
function flat({ mean, sd }: ControlTarget): string | null {
  return sd > 1e-12 * Math.abs(mean) ? null : 'the values of the baseline do not differ'
}

function judge(values: readonly (number | null)[], first: number, { mean, sd }: ControlTarget, rules: Rules): ControlPoint[] {
  const { lambda, ewmaSigmas, exactLimits, k, h } = rules
  const steady = ewmaSigmas * Math.sqrt(lambda / (2 - lambda))
  let ewma = 0
  let high = 0
  let low = 0
  let left = 1 // (1 - lambda)^(2t)
  return values.map((value, index) => {
    if (index < first || value === null) return silent(value, index, index < first)
    const z = (value - mean) / sd
    ewma += lambda * (z - ewma)
    high = Math.max(0, high + z - k)
    low = Math.max(0, low - z - k)
    left *= (1 - lambda) ** 2
    const limit = exactLimits ? steady * Math.sqrt(1 - left) : steady
    return {
      index,
      value,
      baseline: false,
      ewma: mean + sd * ewma,
      ewmaLower: mean - sd * limit,
      ewmaUpper: mean + sd * limit,
      cusumHigh: high,
      cusumLow: low,
      ewmaAlarm: Math.abs(ewma) > limit,
      cusumAlarm: high > h || low > h
    }
  })
}

function silent(value: number | null, index: number, baseline: boolean): ControlPoint {
  return {
    index,
    value,
    baseline,
    ewma: null,
    ewmaLower: null,
    ewmaUpper: null,
    cusumHigh: null,
    cusumLow: null,
    ewmaAlarm: false,
    cusumAlarm: false
  }
}

function nothing(
  values: readonly (number | null)[],
  first: number,
  count: number,
  centre: ControlTarget | null,
  reason: string
): ControlChart {
  return {
    points: values.map((value, index) => silent(value, index, index < first)),
    mean: centre === null ? null : centre.mean,
    sd: centre === null ? null : centre.sd,
    baselineCount: count,
    judgedCount: 0,
    ewmaAlarms: [],
    cusumAlarms: [],
    inControl: null,
    unknown: centre === null ? { mean: reason, sd: reason, inControl: reason } : { inControl: reason }
  }
}
