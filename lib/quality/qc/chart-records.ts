import { OptionError, StackError } from '../../errors.js'
import { METRIC_NAMES } from '../limits/metrics.js'
import { chartMetric } from './chart-metric.js'
import type { MetricName } from '../limits/metrics.js'
import type { MetricChart } from './chart-metric.js'
import type { QcRecord } from './create-qc-record.js'

export interface ChartRecordsOptions {
  /** Figures to chart, by the names of METRICS. @default eight that tell of the panel, and little of the tube */
  readonly metrics?: readonly string[]
  /** Panel; null: runs whose panel is unknown. @default the one that all records are of */
  readonly serialNumber?: string | null
  /** Runs before this moment are left out: a new baseline begins. @default none */
  readonly since?: Date | null
  /** How many of the first runs make the baseline; at least 20. @default 20 */
  readonly baseline?: number
}

/** Control charts over the runs of one panel; plain JSON. */
export interface QcCharts {
  readonly serialNumber: string | null
  readonly runs: number
  /** Times of the first and last run, ISO 8601. */
  readonly first: string
  readonly last: string
  /** A chart is beyond its limit at the last run. */
  readonly alarm: boolean
  readonly charts: readonly MetricChart[]
  /** One sentence each. */
  readonly warnings: readonly string[]
}

const USUAL: readonly MetricName[] = [
  'cvPercent',
  'noiseRatio',
  'temporalNoiseRatio',
  'fixedPatternPercent',
  'rowRatio',
  'columnRatio',
  'globalSignalNonUniformityPercent',
  'newDefects'
]

/**
 * Control charts over a QC log: has a figure of this panel left its baseline? The runs are put in the order of their times (several
 * computers may have mixed the lines). Warns of what else could explain a step: a new calibration, another version of the program,
 * a baseline that held missed limits, or one without any spread, which cannot be charted.
 * @param records of the log, in any order
 * @throws {OptionError} ERR_OPTION for a metric that is not known, a baseline below 20, or several panels and none chosen
 * @throws {StackError} ERR_STACK when no run is left
 */
export function chartRecords(
  records: readonly QcRecord[],
  { metrics = USUAL, serialNumber, since = null, baseline = 20 }: ChartRecordsOptions = {}
): QcCharts {
  assertMetrics(metrics)
  const runs = chooseRuns(records, serialNumber, since)
  const charts = [...new Set(metrics)].map((metric) => chartMetric(runs, metric, { baseline }))
  return {
    serialNumber: runs[0].serialNumber,
    runs: runs.length,
    first: runs[0].time,
    last: runs[runs.length - 1].time,
    alarm: charts.some(({ alarm }) => alarm !== null),
    charts,
    warnings: [...runWarnings(runs, baseline), ...charts.flatMap(chartWarnings)]
  }
}

function assertMetrics(metrics: readonly string[]): asserts metrics is readonly MetricName[] {
  const stranger = metrics.find((name) => !(METRIC_NAMES as readonly string[]).includes(name))
  if (stranger === undefined && metrics.length > 0) return
  throw new OptionError({ subject: 'option "metrics"', expected: `some of ${METRIC_NAMES.join(', ')}`, received: stranger ?? 'none' })
}

function chooseRuns(records: readonly QcRecord[], serialNumber: string | null | undefined, since: Date | null): QcRecord[] {
  const panels = [...new Set(records.map((record) => record.serialNumber))]
  const names = panels.map((panel) => panel ?? 'unknown').join(', ')
  if (serialNumber === undefined && panels.length > 1) {
    throw new OptionError({ subject: 'serial number', expected: 'one of the panels in the log', received: `none; it holds ${names}` })
  }
  const own = serialNumber === undefined ? records : records.filter((record) => record.serialNumber === serialNumber)
  const runs = own.filter(({ time }) => since === null || Date.parse(time) >= since.getTime())
  if (runs.length === 0) {
    const panel = serialNumber === undefined ? '' : ` of panel ${serialNumber ?? 'unknown'}`
    const begin = since === null ? '' : ` since ${since.toISOString()}`
    const received = records.length === 0 ? 'an empty log' : own.length === 0 ? `runs of ${names}` : `${own.length} runs before`
    throw new StackError({ subject: 'QC log', expected: `runs${panel}${begin}`, received })
  }
  return [...runs].sort((a, b) => Date.parse(a.time) - Date.parse(b.time))
}

function runWarnings(runs: readonly QcRecord[], baseline: number): string[] {
  const missed = runs.slice(0, baseline).filter(({ passed }) => passed === false).length
  return [
    ...changeWarning(runs, 'calibration', ({ calibration: { sha256, created, file } }) => sha256 ?? created ?? file),
    ...changeWarning(runs, 'version of the program', ({ version }) => version),
    ...(missed > 0 ? [`${missed} of the runs of the baseline missed their limits: what was wrong then counts as usual`] : [])
  ]
}

function changeWarning(runs: readonly QcRecord[], what: string, keyOf: (run: QcRecord) => string | null): string[] {
  const changed = runs.filter((run, i) => i > 0 && keyOf(run) !== keyOf(runs[i - 1]))
  if (changed.length === 0) return []
  const times = changed.length === 1 ? 'once' : `${changed.length} times, last`
  return [`the ${what} changed ${times} at ${changed[changed.length - 1].time}: a step there may be its doing`]
}

// Control charts need a spread. Without one a change would go unseen: it is said.
function chartWarnings({ metric, sd, mean, points, inControl }: MetricChart): string[] {
  if (inControl !== null || sd === null || mean === null) return []
  const strays = points.filter(({ value, baseline }) => !baseline && value !== null && Math.abs(value - mean) > 1e-12 * Math.abs(mean))
  if (strays.length === 0) return []
  return [`${metric} was the same in all runs of the baseline and differs in ${strays.length} later ones: not charted, set a limit on it`]
}
