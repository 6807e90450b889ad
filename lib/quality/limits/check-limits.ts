import { assertBaseline } from './assert-baseline.js'
import { assertLimits } from './assert-limits.js'
import { flatName } from '../verification/flat-name.js'
import { limitsChange } from './limits-change.js'
import { METRICS } from './metrics.js'
import type { Figure } from '../figure.js'
import type { Baseline } from './assert-baseline.js'
import type { Limit, Limits } from './limits.js'
import type { MetricName } from './metrics.js'
import type { VerificationReport } from '../verification/verification-report.js'

export interface CheckLimitsOptions {
  /** An earlier verification of the same panel, for limits on changes. @default null */
  readonly baseline?: Baseline | null
  /** The baseline may be of another panel, such as a reference unit of the same model. @default false */
  readonly anyPanel?: boolean
}

export interface LimitVerdict {
  readonly metric: string
  /** `overall`, or the name of the flat. */
  readonly where: string
  readonly value: number | null
  readonly unit: string
  readonly min: number | null
  readonly max: number | null
  /** Largest change that passes; null: not limited here. */
  readonly maxChange: number | null
  readonly maxChangePercent: number | null
  /** The figure of the baseline, where a change is limited and it is known. */
  readonly baseline: number | null
  /** value - baseline. */
  readonly change: number | null
  readonly changePercent: number | null
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
  /** What is doubtful about the baseline, one sentence each. */
  readonly warnings: readonly string[]
}

interface Place {
  readonly where: string
  readonly overall: boolean
  readonly figures: readonly Figure[]
  readonly baseline: readonly Figure[] | null
}

/**
 * Compare a verification with limits: one verdict for each limited metric over all and in every flat that reports it.
 * min <= value <= max passes, and |value - baseline| <= maxChange, |value - baseline| <= maxChangePercent / 100 |baseline|. A figure
 * that is null, or that the report does not have, cannot be known and so misses its limit. Changes are judged on the figures over
 * all: a single flat has no counterpart in the baseline. A baseline of another panel is refused unless `anyPanel` says that it is
 * meant; where one of the two panels is unknown, they are compared with a warning. A baseline of another shape was taken in another mode.
 * @param report result of a verification
 * @param limits as `parseLimits` gives them, or written by hand
 * @throws {OptionError} ERR_OPTION when a metric is not known, an end is NaN, no end is given, min > max, or a change is limited without
 *   a baseline
 * @throws {CalibrationError} ERR_CALIBRATION when the baseline is known to be of another panel
 * @throws {ShapeError} ERR_SHAPE when its frames had another shape
 */
export function checkLimits(
  report: VerificationReport,
  limits: Limits,
  { baseline = null, anyPanel = false }: CheckLimitsOptions = {}
): LimitCheck {
  assertLimits(limits.limits)
  assertBaseline(report.calibration, limits, baseline, { anyPanel })
  const places: Place[] = [
    { where: 'overall', overall: true, figures: report.overall.figures, baseline: baseline && baseline.overall.figures },
    ...report.flats.map((flat) => ({ where: flatName(flat), overall: false, figures: flat.figures, baseline: null }))
  ]
  const rows = Object.entries(limits.limits).flatMap(([metric, limit]) => judgeMetric(metric as MetricName, limit, places))
  const missed = rows.filter((row) => row.verdict !== 'pass').length
  const warnings = baseline ? doubtsOf(report, baseline, Object.values(limits.limits).some(limitsChange)) : []
  return { passed: missed === 0, missed, rows, warnings }
}

function doubtsOf({ calibration }: VerificationReport, baseline: Baseline, changes: boolean): string[] {
  const [now, then] = [calibration.serialNumber, baseline.calibration.serialNumber]
  const warnings: string[] = []
  if (now === null || then === null) {
    const which = now === null ? 'this panel' : 'the panel of the baseline'
    warnings.push(`the serial number of ${which} is unknown: not checked that the baseline is of the same panel`)
  } else if (now !== then) warnings.push(`the baseline is of another panel, ${then}`)
  if (!changes) warnings.push('no limit is on a change: the baseline was not used')
  return warnings
}

function judgeMetric(metric: MetricName, limit: Limit, places: readonly Place[]): LimitVerdict[] {
  const rows = places.flatMap((place) => {
    const figure = place.figures.find(({ name }) => name === metric)
    if (figure === undefined || (!place.overall && limit.min === undefined && limit.max === undefined)) return []
    return [judge(figure, limit, place)]
  })
  if (rows.length > 0) return rows
  return [judge({ name: metric, value: null, unit: METRICS[metric].unit, reason: 'the report has no such figure' }, limit, places[0])]
}

function judge({ name, value, unit, reason }: Figure, limit: Limit, { where, baseline }: Place): LimitVerdict {
  const { min, max } = limit
  const then = baseline?.find((figure) => figure.name === name)
  const changes = baseline !== null && limitsChange(limit) ? measureChange(value, then) : NO_CHANGE
  const { maxChange, maxChangePercent } = baseline === null ? {} : limit
  const missing = value === null ? `cannot be known: ${reason}` : missingChange(limit, changes)
  const inside =
    value !== null &&
    (min === undefined || value >= min) &&
    (max === undefined || value <= max) &&
    (maxChange === undefined || Math.abs(changes.change!) <= maxChange) &&
    (maxChangePercent === undefined || Math.abs(changes.changePercent!) <= maxChangePercent)
  return {
    metric: name,
    where,
    value,
    unit,
    min: min ?? null,
    max: max ?? null,
    maxChange: maxChange ?? null,
    maxChangePercent: maxChangePercent ?? null,
    baseline: changes.baseline,
    change: changes.change,
    changePercent: changes.changePercent,
    verdict: missing !== null ? 'unknown' : inside ? 'pass' : 'fail',
    reason: missing
  }
}

interface Change {
  readonly baseline: number | null
  readonly change: number | null
  readonly changePercent: number | null
  /** Why the baseline is null. */
  readonly reason: string | null
}

const NO_CHANGE: Change = Object.freeze({ baseline: null, change: null, changePercent: null, reason: null })

function measureChange(value: number | null, figure: Figure | undefined): Change {
  const baseline = figure?.value ?? null
  if (baseline === null) return { ...NO_CHANGE, reason: figure?.reason ?? 'it has no such figure' }
  if (value === null) return { ...NO_CHANGE, baseline }
  const change = value - baseline
  return { baseline, change, changePercent: baseline === 0 ? (change === 0 ? 0 : null) : (100 * change) / Math.abs(baseline), reason: null }
}

function missingChange({ maxChangePercent }: Limit, { change, changePercent, reason }: Change): string | null {
  if (reason !== null) return `cannot be compared with the baseline: ${reason}`
  if (maxChangePercent !== undefined && change !== null && changePercent === null)
    return 'the baseline is 0, a change in percent has no meaning'
  return null
}
