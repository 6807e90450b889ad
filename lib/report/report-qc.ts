import { formatNumber, formatQuantity } from './format-number.js'
import { formatTable } from './format-table.js'
import { warningLines } from './warning-lines.js'
import type { MetricChart } from '../quality/qc/chart-metric.js'
import type { QcCharts } from '../quality/qc/chart-records.js'

/** Write control charts as plain text, the verdict first: one line per metric, then the alarms. */
export function reportQc(report: QcCharts): string {
  const { serialNumber, runs, first, last, charts, warnings } = report
  const panel = serialNumber === null ? 'a panel of unknown serial number' : `panel ${serialNumber}`
  const table = [['metric', 'baseline mean', 'sd', 'runs', 'last', 'EWMA', 'limits', 'CUSUM + -', 'verdict'], ...charts.map(chartRow)]
  return [
    headline(report),
    `${runs} ${runs === 1 ? 'run' : 'runs'} of ${panel}, ${first} to ${last}`,
    '',
    formatTable(table, { align: ['left', 'right', 'right', 'right', 'right', 'right', 'right', 'right', 'left'] }),
    ...alarmLines(charts),
    ...warningLines(warnings)
  ].join('\n')
}

function headline({ charts, alarm }: QcCharts): string {
  const judged = charts.filter(({ inControl }) => inControl !== null)
  if (judged.length === 0) return 'NOT JUDGED: no metric has a baseline and a run after it'
  const count = `${judged.length} of ${charts.length} metrics judged`
  if (alarm)
    return `ALARM: ${judged
      .filter((chart) => chart.alarm !== null)
      .map(({ metric }) => metric)
      .join(', ')} (${count})`
  return `${judged.every(({ inControl }) => inControl) ? 'IN CONTROL' : 'IN CONTROL AGAIN'}: ${count}, no alarm at the last run`
}

function chartRow(chart: MetricChart): string[] {
  const { metric, unit, mean, sd, baselineCount, judgedCount, ewmaLower, ewmaUpper, points } = chart
  const { value = null } = points.findLast((point) => point.value !== null) ?? {}
  const last = points.findLast(({ ewma }) => ewma !== null)
  return [
    metric,
    formatQuantity(mean, unit),
    formatNumber(sd, 3),
    `${baselineCount} + ${judgedCount}`,
    formatNumber(value),
    last ? formatNumber(last.ewma) : '-',
    last ? `${formatNumber(ewmaLower)} .. ${formatNumber(ewmaUpper)}` : '-',
    last ? `${formatNumber(last.cusumHigh, 2)} ${formatNumber(last.cusumLow, 2)}` : '-',
    verdictOf(chart)
  ]
}

function verdictOf({ inControl, alarm, points, missingCount, unknown }: MetricChart): string {
  const missing = missingCount > 0 ? ` (${missingCount} runs without it)` : ''
  if (inControl === null) return `not judged: ${unknown.inControl}${missing}`
  if (alarm !== null) return `ALARM of ${alarm}${missing}`
  const earlier = points.filter((point) => point.alarm !== null).length
  return `in control${earlier > 0 ? `, ${earlier} earlier alarms` : ''}${missing}`
}

function alarmLines(charts: readonly MetricChart[]): string[] {
  const rows = charts.flatMap(({ metric, unit, points }) =>
    points.flatMap(({ time, value, alarm }, i) =>
      alarm === null ? [] : [[time, `run ${i + 1}`, metric, formatQuantity(value, unit), alarm]]
    )
  )
  return rows.length === 0 ? [] : ['', 'alarms', formatTable(rows, { align: ['left', 'left', 'left', 'right', 'left'] })]
}
