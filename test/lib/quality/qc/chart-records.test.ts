import t from 'tap'
import { chartMetric } from '../../../../lib/quality/qc/chart-metric.js'
import { chartRecords } from '../../../../lib/quality/qc/chart-records.js'
import type { QcRecord } from '../../../../lib/quality/qc/create-qc-record.js'
import { parseQcRecord } from '../../../../lib/quality/qc/parse-qc-record.js'
import { assertClose } from '../../../fixtures/assert-close.js'

const dayOf = (day: number): string => new Date(Date.UTC(2026, 0, 1 + day)).toISOString()

/** A run of day `day` with a CV of `cv`. */
function run(day: number, cv: number | null, more: Partial<QcRecord> = {}): QcRecord {
  return {
    schema: 'flatpanel.qc-record/1',
    time: dayOf(day),
    version: '1.0.0',
    serialNumber: 'SN1',
    calibration: { file: 'SN1.nxs', sha256: 'a', created: dayOf(0) },
    frames: 2,
    passed: true,
    missed: 0,
    warnings: 0,
    figures: [
      { name: 'cvPercent', value: cv, unit: '%', ...(cv === null && { reason: 'no flat' }) },
      { name: 'newDefects', value: day > 20 ? 3 : 0, unit: 'pixels' }
    ],
    ...more
  }
}

/** 10 of 0.9 and 10 of 1.1: mean 1, sum of squares 20 * 0.01, so sd = sqrt(0.2 / 19). */
const baseline = Array.from({ length: 20 }, (_, day) => run(day, day % 2 ? 1.1 : 0.9))
const sd = Math.sqrt(0.2 / 19)

t.test('a figure that steps by 3 sd: EWMA and CUSUM by hand', async (t) => {
  const runs = [...baseline, run(20, 1 + 3 * sd), run(21, null), run(22, 1 + 3 * sd), run(23, 1)]
  const chart = chartMetric(runs, 'cvPercent')
  assertClose(t, [chart.mean!, chart.sd!], [1, sd], 'baseline', { relative: 1e-12 })
  // Limits 3 sqrt(0.2 / 1.8) = 1 sd.
  assertClose(t, [chart.ewmaLower!, chart.ewmaUpper!], [1 - sd, 1 + sd], 'limits', { relative: 1e-12 })
  const judged = chart.points.slice(20)
  // z = 3, -, 3, 0: e = 0.6, -, 1.08, 0.864; c+ = 2.5, -, 5, 4.5 (an alarm is above 5 only, and rounding must not matter).
  assertClose(
    t,
    judged.filter(({ ewma }) => ewma !== null).map(({ ewma }) => (ewma! - 1) / sd),
    [0.6, 1.08, 0.864],
    'EWMA',
    { absolute: 1e-9 }
  )
  assertClose(
    t,
    judged.filter(({ ewma }) => ewma !== null).map(({ cusumHigh }) => cusumHigh!),
    [2.5, 5, 4.5],
    'CUSUM',
    { absolute: 1e-9 }
  )
  t.match(judged[2].alarm, /^EWMA/)
  t.equal(judged[1].value, null)
  t.match(chart, {
    metric: 'cvPercent',
    unit: '%',
    baselineCount: 20,
    judgedCount: 3,
    missingCount: 1,
    inControl: false,
    alarm: null,
    unknown: {}
  })
  t.strictSame(
    chart.points.map(({ time }) => time),
    runs.map(({ time }) => time)
  )
  t.strictSame(
    chart.points.map((point) => point.baseline),
    runs.map((_, i) => i < 20)
  )
  const both = chartMetric([...baseline, ...[20, 21, 22].map((day) => run(day, 1 - 3 * sd))], 'cvPercent')
  // c- = 2.5, 5, 7.5; e = -0.6, -1.08, -1.464.
  t.equal(both.alarm, 'EWMA and CUSUM')
  // Six runs of +0.9 sd: e = 0.9 (1 - 0.8^n) stays below 1, c+ = 0.4 n: no alarm until 13 runs.
  const slow = chartMetric([...baseline, ...Array.from({ length: 13 }, (_, i) => run(20 + i, 1 + 0.9 * sd))], 'cvPercent')
  t.strictSame(
    slow.points.slice(20).map(({ alarm }) => alarm),
    [...Array(12).fill(null), 'CUSUM']
  )
})

t.test('the log as a whole: order, choice of panel, begin of the baseline', async (t) => {
  const runs = [...baseline, run(20, 1), run(21, 1.02)]
  const mixed = [...runs].reverse()
  const charts = chartRecords(mixed, { metrics: ['cvPercent', 'cvPercent'] })
  t.match(charts, { serialNumber: 'SN1', runs: 22, first: dayOf(0), last: dayOf(21), alarm: false, warnings: [] })
  t.equal(charts.charts.length, 1, 'a metric named twice is charted once')
  t.strictSame(charts.charts[0], chartMetric(runs, 'cvPercent'))
  t.equal(chartRecords([...baseline, ...[20, 21].map((day) => run(day, 1 + 6 * sd))]).alarm, true)
  t.equal(chartRecords(runs).charts.length, 8)
  const two = [...runs, run(5, 7, { serialNumber: 'SN2' }), run(6, 8, { serialNumber: null })]
  t.throws(() => chartRecords(two), {
    code: 'ERR_OPTION',
    message: 'serial number: expected one of the panels in the log, received none; it holds SN1, SN2, unknown'
  })
  t.equal(chartRecords(two, { serialNumber: 'SN1' }).runs, 22)
  t.equal(chartRecords(two, { serialNumber: null }).serialNumber, null)
  const short = chartRecords(two, { serialNumber: 'SN2', metrics: ['cvPercent'] })
  t.match(short.charts[0], {
    mean: null,
    inControl: null,
    alarm: null,
    baselineCount: 1,
    unknown: { inControl: 'a baseline of 20 values is needed, there are 1' }
  })
  t.equal(chartRecords(runs, { since: new Date(dayOf(10)) }).first, dayOf(10))
  t.throws(() => chartRecords(runs, { since: new Date(dayOf(99)) }), {
    code: 'ERR_STACK',
    message: /^QC log: expected runs since 2026-04-10.*, received 22 runs before$/
  })
  t.throws(() => chartRecords(runs, { serialNumber: 'SN3' }), {
    code: 'ERR_STACK',
    message: 'QC log: expected runs of panel SN3, received runs of SN1'
  })
  t.throws(() => chartRecords([]), { code: 'ERR_STACK', message: 'QC log: expected runs, received an empty log' })
  t.throws(() => chartRecords(runs, { serialNumber: null }), { code: 'ERR_STACK', message: /runs of panel unknown/ })
  t.throws(() => chartRecords(runs, { metrics: ['beauty'] }), {
    code: 'ERR_OPTION',
    message: /^option "metrics": expected some of meanDn, .*, received beauty$/
  })
  t.throws(() => chartRecords(runs, { metrics: [] }), { code: 'ERR_OPTION', message: /received none$/ })
  t.throws(() => chartRecords(runs, { baseline: 19 }), { code: 'ERR_OPTION', message: /at least 20, received 19/ })
})

t.test('what else could explain a step is said', async (t) => {
  const next = { file: 'SN1.nxs', sha256: 'b', created: dayOf(20) }
  const runs = baseline.map((record, i) => (i < 2 ? { ...record, passed: false } : record))
  const { warnings } = chartRecords([...runs, run(20, 1, { calibration: next }), run(21, 1, { calibration: next, version: '1.1.0' })])
  t.strictSame(warnings, [
    `the calibration changed once at ${dayOf(20)}: a step there may be its doing`,
    `the version of the program changed once at ${dayOf(21)}: a step there may be its doing`,
    '2 of the runs of the baseline missed their limits: what was wrong then counts as usual',
    'newDefects was the same in all runs of the baseline and differs in 1 later ones: not charted, set a limit on it'
  ])
  const unknown = { file: null, sha256: null, created: null }
  t.match(chartRecords([...runs, run(20, 1, { calibration: unknown }), run(21, 1)]).warnings[0], `changed 2 times, last at ${dayOf(21)}`)
})

t.test('records: the first fault is named; fields of a later version are left out', async (t) => {
  t.strictSame(parseQcRecord({ ...run(0, 1), later: 1 }), run(0, 1))
  const fault = (json: unknown, message: RegExp) => t.throws(() => parseQcRecord(json), { code: 'ERR_OPTION', message })
  fault({ ...run(0, 1), time: 'yesterday' }, /^QC record: expected the schema flatpanel\.qc-record\/1, received time: /)
  fault({ ...run(0, 1), figures: [{ name: 'cvPercent', value: '1', unit: '%' }] }, /received figures\.0\.value: /)
  fault({ ...run(0, 1), schema: 'flatpanel.qc-record/2' }, /received schema: /)
  fault(12, /expected object, received number/)
})
