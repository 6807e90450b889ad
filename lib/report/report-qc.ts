import { formatNumber, formatQuantity } from './format-number.js'
import { formatTable } from './format-table.js'
import { warningLines } from './warning-lines.js'
import type { Unknowns } from '../quality/figure.js'

export interface ChartAlarm {
  /** Run, from 0, oldest first. */
  readonly index: number
  readonly time: string
  readonly value: number | null
  readonly chart: 'EWMA' | 'CUSUM' | 'EWMA and CUSUM'
}

/** The control chart of one metric, its last run in full. */
export interface MetricChart {
  readonly metric: string
  readonly unit: string
  /** Of the baseline. */
  readonly mean: number | null
  readonly sd: number | null
  readonly baselineCount: number
  readonly judgedCount: number
  /** Runs without the figure. */
  readonly missingCount: number
  readonly inControl: boolean | null
  readonly lastValue: number | null
  readonly lastEwma: number | null
  readonly ewmaLower: number | null
  readonly ewmaUpper: number | null
  /** In standard deviations of the baseline. */
  readonly lastCusumHigh: number | null
  readonly lastCusumLow: number | null
  /** Charts that are beyond their limit at the last run; null: none. */
  readonly lastAlarm: ChartAlarm['chart'] | null
  readonly alarms: readonly ChartAlarm[]
  readonly unknown: Unknowns
}

/** The document of `flatpanel qc`. */
export interface QcReport {
  readonly schema: 'flatpanel.qc/1'
  readonly log: string
  readonly serialNumber: string | null
  readonly runs: number
  /** Times of the first and last run, ISO 8601. */
  readonly first: string
  readonly last: string
  readonly tornLines: number
  /** True: this run of the command ends with exit code 4. */
  readonly alarm: boolean
  readonly charts: readonly MetricChart[]
  readonly warnings: readonly string[]
}

/** Write control charts as plain text, the verdict first: one line per metric, then the alarms. */
export function reportQc(report: QcReport): string {
  const { serialNumber, runs, first, last, charts, warnings } = report
  const table = [['metric', 'baseline mean', 'sd', 'runs', 'last', 'EWMA', 'limits', 'CUSUM + -', 'verdict'], ...charts.map(chartRow)]
  return [
    headline(report),
    `${runs} ${runs === 1 ? 'run' : 'runs'} of ${serialNumber === null ? 'a panel of unknown serial number' : `panel ${serialNumber}`}, ${first} to ${last}`,
    '',
    formatTable(table, { align: ['left', 'right', 'right', 'right', 'right', 'right', 'right', 'right', 'left'] }),
    ...alarmLines(charts),
    ...warningLines(warnings)
  ].join('\n')
}

function headline({ alarm, charts }: QcReport): string {
  const alarming = charts.filter(({ lastAlarm }) => lastAlarm !== null).map(({ metric }) => metric)
  if (alarming.length > 0) return `ALARM: ${alarming.join(', ')}`
  if (alarm) return 'ALARM in an earlier run'
  const judged = charts.filter(({ inControl }) => inControl !== null).length
  if (judged === 0) return 'NOT JUDGED: no metric has a baseline and a run after it'
  return `IN CONTROL: ${judged} of ${charts.length} metrics judged, no alarm at the last run`
}

function chartRow(chart: MetricChart): string[] {
  const { metric, unit, mean, sd, baselineCount, judgedCount, lastValue, lastEwma, ewmaLower, ewmaUpper, lastCusumHigh, lastCusumLow } = chart
  const known = lastEwma !== null
  return [
    metric,
    formatQuantity(mean, unit),
    formatNumber(sd, 3),
    `${baselineCount} + ${judgedCount}`,
    formatNumber(lastValue),
    known ? formatNumber(lastEwma) : '-',
    known ? `${formatNumber(ewmaLower)} .. ${formatNumber(ewmaUpper)}` : '-',
    known ? `${formatNumber(lastCusumHigh, 2)} ${formatNumber(lastCusumLow, 2)}` : '-',
    verdictOf(chart)
  ]
}

function verdictOf({ inControl, lastAlarm, alarms, missingCount, unknown }: MetricChart): string {
  const missing = missingCount > 0 ? ` (${missingCount} runs without it)` : ''
  if (inControl === null) return `not judged: ${unknown.inControl}${missing}`
  if (lastAlarm !== null) return `ALARM of ${lastAlarm}${missing}`
  return `in control${alarms.length > 0 ? `, ${alarms.length} earlier alarms` : ''}${missing}`
}

function alarmLines(charts: readonly MetricChart[]): string[] {
  const rows = charts.flatMap(({ metric, unit, alarms }) =>
    alarms.map(({ index, time, value, chart }) => [time, `run ${index + 1}`, metric, formatQuantity(value, unit), chart])
  )
  return rows.length === 0 ? [] : ['', 'alarms', formatTable(rows, { align: ['left', 'left', 'left', 'right', 'left'] })]
}
