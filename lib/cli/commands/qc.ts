import { FormatError, isDetectorError } from '../../errors.js'
import { readJsonLines } from '../../io/read-json-lines.js'
import { chartRecords } from '../../quality/qc/chart-records.js'
import type { QcCharts } from '../../quality/qc/chart-records.js'
import type { QcRecord } from '../../quality/qc/create-qc-record.js'
import { parseQcRecord } from '../../quality/qc/parse-qc-record.js'
import { reportQc } from '../../report/report-qc.js'
import { EXIT } from '../exit-code-of.js'
import type { Terminal } from '../terminal.js'

/** Options of `flatpanel qc`, as the argument parser gives them. */
export interface QcCommandOptions {
  readonly log: string
  readonly metric?: readonly string[]
  /** `unknown`: runs whose panel is unknown. */
  readonly serial?: string
  readonly baseline?: number
  readonly since?: Date
  /** An alarm of any run counts, not of the last one only. */
  readonly any?: boolean
}

/** `flatpanel qc`: control charts over a QC log. */
export async function runQc({ log, metric, serial, baseline, since, any }: QcCommandOptions, terminal: Terminal): Promise<number> {
  const { records, torn } = await readLog(log)
  const charts = chartRecords(records, { metrics: metric, serialNumber: panelOf(serial, records), baseline, since })
  const report: QcCharts = { ...charts, warnings: [...torn.map(tornWarning), ...charts.warnings] }
  const alarm = any ? charts.charts.some(({ inControl }) => inControl === false) : charts.alarm
  terminal.print(reportQc(report))
  terminal.document({ schema: 'flatpanel.qc/1', log, ...report, alarm, tornLines: torn })
  return alarm ? EXIT.limits : EXIT.done
}

async function readLog(path: string): Promise<{ records: QcRecord[]; torn: readonly number[] }> {
  const { lines, torn } = await readJsonLines(path, { schema: 'flatpanel.qc-record/1' })
  return { records: lines.map(({ line, value }) => parseLine(path, line, value)), torn }
}

function parseLine(file: string, line: number, value: unknown): QcRecord {
  try {
    return parseQcRecord(value)
  } catch (cause) {
    if (!isDetectorError(cause)) throw cause
    throw new FormatError({ file, expected: 'lines of flatpanel verify --log', received: `line ${line}: ${cause.received}`, cause })
  }
}

function panelOf(serial: string | undefined, records: readonly QcRecord[]): string | null | undefined {
  const named = records.some(({ serialNumber }) => serialNumber === serial)
  return serial === 'unknown' && !named ? null : serial
}

function tornWarning(line: number): string {
  return `line ${line} of the log is torn (a run was killed while it wrote): left out`
}
