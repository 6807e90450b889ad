import { FormatError, OptionError, StackError } from '../../errors.js'
import { readJsonLines } from '../../io/read-json-lines.js'
import { controlChart } from '../../quality/qc/control-chart.js'
import type { ControlChart } from '../../quality/qc/control-chart.js'
import type { QcRecord } from '../../quality/qc/create-qc-record.js'
import { METRIC_NAMES, METRICS } from '../../quality/limits/metrics.js'
import type { MetricName } from '../../quality/limits/metrics.js'
import { documentsSchema } from '../../report/documents-schema.js'
import { reportQc } from '../../report/report-qc.js'
import type { MetricChart, QcReport } from '../../report/report-qc.js'
import { EXIT } from '../exit-code-of.js'
import type { Terminal } from '../terminal.js'

/** Options of `flatpanel qc`, as the argument parser gives them. */
export interface QcCommandOptions {
  readonly log: string
  readonly metric?: readonly string[]
  readonly serial?: string
  readonly baseline?: number
  /** An alarm of any run counts, not of the last one only. */
  readonly any?: boolean
}

/** Charted where no metric is named: what tells of the panel, and little of the tube. */
const USUAL_METRICS: readonly MetricName[] = [
  'cvPercent', 'noiseRatio', 'temporalNoiseRatio', 'fixedPatternPercent', 'rowRatio', 'columnRatio', 'globalSignalNonUniformityPercent', 'newDefects'
]

/** `flatpanel qc`: control charts over a QC log. */
export async function runQc(options: QcCommandOptions, terminal: Terminal): Promise<number> {
  const metrics = metricsOf(options)
  const { records, torn } = await readLog(options.log)
  const runs = chooseRuns(records, options)
  const charts = metrics.map((metric) => chartMetric(metric, runs, options.baseline ?? 20))
  const alarm = charts.some((chart) => (options.any ? chart.alarms.length > 0 : chart.lastAlarm !== null))
  const warnings = torn.map((line) => `line ${line} of the log is torn (a run was killed while it wrote): left out`)
  const report: QcReport = {
    schema: 'flatpanel.qc/1',
    log: options.log,
    serialNumber: runs[0].serialNumber,
    runs: runs.length,
    first: runs[0].time,
    last: runs[runs.length - 1].time,
    tornLines: torn.length,
    alarm,
    charts,
    warnings
  }
  terminal.print(reportQc(report))
  terminal.document(report)
  return alarm ? EXIT.limits : EXIT.done
}

function metricsOf({ metric = USUAL_METRICS }: QcCommandOptions): readonly MetricName[] {
  const stranger = metric.find((name) => !(METRIC_NAMES as readonly string[]).includes(name))
  if (stranger === undefined) return [...new Set(metric as readonly MetricName[])]
  throw new OptionError({ subject: 'option "--metric"', expected: `a metric: ${METRIC_NAMES.join(', ')}`, received: stranger })
}

async function readLog(path: string): Promise<{ records: QcRecord[]; torn: readonly number[] }> {
  const { lines, torn } = await readJsonLines(path)
  const records = lines.map(({ line, value }): QcRecord => {
    const result = documentsSchema['flatpanel.qc-record/1'].safeParse(value)
    if (result.success) return result.data
    const [{ path: place, message }] = result.error.issues
    throw new FormatError({ file: path, expected: 'lines of flatpanel verify --log', received: `line ${line}: ${place.join('.')}: ${message}` })
  })
  if (records.length === 0) throw new StackError({ subject: path, expected: 'at least one run', received: 'none' })
  return { records, torn }
}

/** Runs of one panel in the order in which they were taken: clocks of several computers may have mixed the lines. */
function chooseRuns(records: readonly QcRecord[], { serial }: QcCommandOptions): QcRecord[] {
  const panels = [...new Set(records.map(({ serialNumber }) => serialNumber))]
  if (serial === undefined && panels.length > 1) {
    const received = panels.map((panel) => panel ?? 'unknown').join(', ')
    throw new OptionError({ subject: 'option "--serial"', expected: 'one of the panels in the log', received: `none, with ${received} in the log` })
  }
  const runs = serial === undefined ? [...records] : records.filter(({ serialNumber }) => serialNumber === serial)
  if (runs.length === 0) throw new StackError({ subject: 'QC log', expected: `runs of panel ${serial}`, received: 'none' })
  return runs.sort((a, b) => Date.parse(a.time) - Date.parse(b.time))
}

function chartMetric(metric: MetricName, runs: readonly QcRecord[], baseline: number): MetricChart {
  const values = runs.map(({ figures }) => figures[metric] ?? null)
  const chart = controlChart(values, { baseline })
  const { mean, sd, baselineCount, judgedCount, inControl, unknown } = chart
  const alarms = alarmsOf(chart, runs)
  const last = [...chart.points].reverse().find(({ value }) => value !== null)
  const lastAlarm = alarms.find(({ index }) => index === last?.index) ?? null
  return {
    metric,
    unit: METRICS[metric].unit,
    mean,
    sd,
    baselineCount,
    judgedCount,
    missingCount: values.filter((value) => value === null).length,
    inControl,
    lastValue: last?.value ?? null,
    lastEwma: last?.ewma ?? null,
    ewmaLower: last?.ewmaLower ?? null,
    ewmaUpper: last?.ewmaUpper ?? null,
    lastCusumHigh: last?.cusumHigh ?? null,
    lastCusumLow: last?.cusumLow ?? null,
    lastAlarm: lastAlarm && lastAlarm.chart,
    alarms,
    unknown
  }
}

function alarmsOf({ points }: ControlChart, runs: readonly QcRecord[]): MetricChart['alarms'] {
  return points
    .filter(({ ewmaAlarm, cusumAlarm }) => ewmaAlarm || cusumAlarm)
    .map(({ index, value, ewmaAlarm, cusumAlarm }) => ({
      index,
      time: runs[index].time,
      value,
      chart: ewmaAlarm && cusumAlarm ? 'EWMA and CUSUM' : ewmaAlarm ? 'EWMA' : 'CUSUM'
    }))
}
