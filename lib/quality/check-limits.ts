import { assertLimits } from './assert-limits.js'
import { flatName } from './flat-name.js'
import type { Figure } from './figure.js'
import type { Limit, Limits } from './limits.js'
import type { VerificationReport } from './verification-report.js'

export interface LimitVerdict {
  readonly metric: string
  /** `overall`, or the name of the flat. */
  readonly where: string
  readonly value: number | null
  readonly unit: string
  readonly min: number | null
  readonly max: number | null
  /** `unknown`: the data cannot give the figure; that is a missed limit too. */
  readonly verdict: 'pass' | 'fail' | 'unknown'
  /** Why it cannot be known; null otherwise. */
  readonly reason: string | null
}

export interface LimitCheck {
  /** True when every verdict is `pass`. */
  readonly passed: boolean
  /** Verdicts that are not `pass`. */
  readonly missed: number
  readonly rows: readonly LimitVerdict[]
}

/**
 * Compare a verification with limits: one verdict for each limited metric over all and in every flat that reports it.
 * min <= value <= max passes. A figure that is null cannot be known and so misses its limit.
 * @param report result of a verification
 * @param limits as `parseLimits` gives them, or written by hand
 * @throws {OptionError} ERR_OPTION when a metric is not known, an end is NaN, no end is given, or min > max
 */
export function checkLimits(report: VerificationReport, limits: Limits): LimitCheck {
  assertLimits(limits.limits)
  const places: { where: string; figures: readonly Figure[] }[] = [
    { where: 'overall', figures: report.overall.figures },
    ...report.flats.map(flat => ({ where: flatName(flat), figures: flat.figures }))
  ]
  const rows = Object.entries(limits.limits).flatMap(([metric, limit]) =>
    places.flatMap(({ where, figures }) => figures.filter(figure => figure.name === metric).map(figure => judge(figure, where, limit)))
  )
  const missed = rows.filter(row => row.verdict !== 'pass').length
  return { passed: missed === 0, missed, rows }
}

function judge({ name, value, unit, reason }: Figure, where: string, { min, max }: Limit): LimitVerdict {
  const inside = value !== null && (min === undefined || value >= min) && (max === undefined || value <= max)
  const verdict = value === null ? 'unknown' : inside ? 'pass' : 'fail'
  return { metric: name, where, value, unit, min: min ?? null, max: max ?? null, verdict, reason: value === null ? `cannot be known: ${reason}` : null }
}
