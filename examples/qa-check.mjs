// @ts-check
// Quality assurance: each day correct flats that did not make the calibration, measure what is left, hold it against limits
// (absolute, and on the change from the acceptance test), record the day in a log, and look at the control charts over the
// log. Ends with exit code 0, or 4 when a limit was missed or a chart raises an alarm today. Argument: a limits file;
// limits on the noise otherwise. The commands `flatpanel verify` and `flatpanel qc` do the same on files.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCorrector } from 'flatpanel'
import { calibrate } from 'flatpanel/calibration'
import { appendJsonLine, readJsonLines } from 'flatpanel/io'
import { chartRecords, checkLimits, createQcRecord, createVerification, parseBaseline, parseLimits, parseQcRecord } from 'flatpanel/quality'
import { createVirtualDetector } from 'flatpanel/simulation'

const limitsFile = process.argv[2]
const limits = parseLimits(
  limitsFile === undefined
    ? {
        schema: 'flatpanel.limits/1',
        // measured over predicted noise; and its distance from the acceptance test
        limits: { noiseRatio: { min: 0.93, max: 1.07 }, temporalNoiseRatio: { maxChangePercent: 5 } }
      }
    : JSON.parse(await readFile(limitsFile, 'utf8'))
)

const panel = createVirtualDetector({ rows: 96, cols: 96, bits: 14, seed: 3 })
const calibration = await calibrate(
  { darks: panel.darks(16), flats: [panel.flats(16)] },
  { bits: 14, pixelPitch: 0.4, serialNumber: 'SIM-3', now: new Date() }
)
const corrector = createCorrector(calibration, { output: 'float32' })

const folder = await mkdtemp(join(tmpdir(), 'flatpanel-'))
try {
  const log = join(folder, 'qc.jsonl')
  await writeFile(join(folder, 'baseline.json'), JSON.stringify(verifyDay(1))) // the acceptance test
  const baseline = parseBaseline(JSON.parse(await readFile(join(folder, 'baseline.json'), 'utf8')))

  const days = 22
  let missed = 0
  for (let day = 1; day <= days; day++) {
    const report = verifyDay(1 + day)
    const check = checkLimits(report, limits, { baseline })
    const time = new Date(Date.UTC(2026, 0, day, 7))
    await appendJsonLine(log, createQcRecord(report, check, { time })) // one line, flushed; a crash never spoils an earlier one
    missed = check.missed
    if (day < days) continue
    for (const { name, value, unit, reason } of report.overall.figures) {
      console.log(`${name}: ${value === null ? `not known (${reason})` : `${Number(value.toPrecision(4))} ${unit}`.trimEnd()}`)
    }
    for (const { metric, where, value, verdict } of check.rows)
      console.log(`${verdict}: ${metric} ${where} ${value?.toFixed(4) ?? 'not known'}`)
    console.log(check.passed ? 'limits met' : `${check.missed} limits missed`)
  }

  const { lines } = await readJsonLines(log, { schema: 'flatpanel.qc-record/1' })
  const { runs, alarm, charts } = chartRecords(
    lines.map(({ value }) => parseQcRecord(value)),
    { metrics: ['noiseRatio', 'temporalNoiseRatio'] }
  )
  for (const chart of charts) console.log(`chart of ${chart.metric} over ${runs} days: ${chart.alarm ?? 'no alarm'}`)
  process.exitCode = missed === 0 && !alarm ? 0 : 4
} finally {
  await rm(folder, { recursive: true, force: true })
}

/** @param {number} session another day, other frames */
function verifyDay(session) {
  const verification = createVerification(calibration)
  for (const raw of panel.flats(2, { session })) {
    const corrected = corrector.correct(raw)
    const { saturated, unrepaired, nonFinite } = corrector.last
    verification.add(corrected, {
      name: raw.info?.name,
      saturatedPixels: saturated,
      unrepairedPixels: unrepaired,
      nonFinitePixels: nonFinite
    })
  }
  return verification.result()
}
