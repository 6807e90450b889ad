import { formatNumber, formatQuantity } from './format-number.js'
import type { Block, Outcome } from './blocks/block.js'
import type { MetricChart } from '../quality/qc/chart-metric.js'
import type { QcCharts } from '../quality/qc/chart-records.js'

/** Report control charts: the verdict, one row per metric, then the alarms and how the charts stand. */
export function reportQc(report: QcCharts): Block[] {
  const { serialNumber, runs, first, last, charts, warnings } = report
  const panel = serialNumber === null ? 'a panel of unknown serial number' : `panel ${serialNumber}`
  return [
    { kind: 'verdict', ...judge(report) },
    { kind: 'note', text: `${runs} ${runs === 1 ? 'run' : 'runs'} of ${panel}, ${first} to ${last}` },
    { kind: 'table', columns: ['metric', 'last', 'verdict'], rows: charts.map(chartRow), align: ['left', 'right', 'left'] },
    alarmTable(charts),
    {
      kind: 'table',
      title: 'baselines and charts',
      columns: ['metric', 'baseline mean', 'sd', 'runs', 'EWMA', 'limits', 'CUSUM + -'],
      rows: charts.map(baselineRow),
      align: ['left', 'right', 'right', 'right', 'right', 'right', 'right'],
      brief: 0
    },
    { kind: 'list', title: 'warnings', items: warnings }
  ]
}

function judge({ charts, alarm }: QcCharts): { readonly outcome: Outcome; readonly text: string } {
  const judged = charts.filter(({ inControl }) => inControl !== null)
  if (judged.length === 0) return { outcome: 'unknown', text: 'NOT JUDGED: no metric has a baseline and a run after it' }
  const count = `${judged.length} of ${charts.length} metrics judged`
  if (alarm) {
    const names = judged.filter((chart) => chart.alarm !== null).map(({ metric }) => metric)
    return { outcome: 'bad', text: `ALARM: ${names.join(', ')} (${count})` }
  }
  const word = judged.every(({ inControl }) => inControl) ? 'IN CONTROL' : 'IN CONTROL AGAIN'
  return { outcome: 'good', text: `${word}: ${count}, no alarm at the last run` }
}

function chartRow(chart: MetricChart): string[] {
  const { value = null } = chart.points.findLast((point) => point.value !== null) ?? {}
  return [chart.metric, formatQuantity(value, chart.unit), verdictOf(chart)]
}

function baselineRow({ metric, unit, mean, sd, baselineCount, judgedCount, ewmaLower, ewmaUpper, points }: MetricChart): string[] {
  const last = points.findLast(({ ewma }) => ewma !== null)
  return [
    metric,
    formatQuantity(mean, unit),
    formatNumber(sd, 3),
    `${baselineCount} + ${judgedCount}`,
    last ? formatNumber(last.ewma) : '-',
    last ? `${formatNumber(ewmaLower)} .. ${formatNumber(ewmaUpper)}` : '-',
    last ? `${formatNumber(last.cusumHigh, 2)} ${formatNumber(last.cusumLow, 2)}` : '-'
  ]
}

function verdictOf({ inControl, alarm, points, missingCount, unknown }: MetricChart): string {
  const missing = missingCount > 0 ? ` (${missingCount} runs without it)` : ''
  if (inControl === null) return `not judged: ${unknown.inControl}${missing}`
  if (alarm !== null) return `ALARM of ${alarm}${missing}`
  const earlier = points.filter((point) => point.alarm !== null).length
  return `in control${earlier > 0 ? `, ${earlier} earlier alarms` : ''}${missing}`
}

function alarmTable(charts: readonly MetricChart[]): Block {
  const rows = charts.flatMap(({ metric, unit, points }) =>
    points.flatMap(({ time, value, alarm }, i) =>
      alarm === null ? [] : [[time, `run ${i + 1}`, metric, formatQuantity(value, unit), alarm]]
    )
  )
  return { kind: 'table', title: 'alarms', rows, align: ['left', 'left', 'left', 'right', 'left'] }
}
