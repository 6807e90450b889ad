// @ts-check
// Quality assurance: correct flats that did not make the calibration, measure what is left, hold it against limits, and
// end with exit code 0 (passed) or 4 (a limit was missed). Argument: a limits file; a limit on the noise otherwise.
import { readFile } from 'node:fs/promises'
import { createCorrector } from 'flatpanel'
import { calibrate } from 'flatpanel/calibration'
import { checkLimits, createVerification, parseLimits } from 'flatpanel/quality'
import { createVirtualDetector } from 'flatpanel/simulation'

const limitsFile = process.argv[2]
const limits = parseLimits(
  limitsFile === undefined
    ? { schema: 'flatpanel.limits/1', limits: { noiseRatio: { min: 0.95, max: 1.05 } } } // measured over predicted noise
    : JSON.parse(await readFile(limitsFile, 'utf8'))
)

const panel = createVirtualDetector({ rows: 256, cols: 256, bits: 14, seed: 3 })
const calibration = await calibrate({ darks: panel.darks(16), flats: [panel.flats(16)] }, { bits: 14, pixelPitch: 0.148 })

const corrector = createCorrector(calibration, { output: 'float32' })
const verification = createVerification(calibration)
for (const raw of panel.flats(3, { session: 2 })) {
  const corrected = corrector.correct(raw)
  const { saturated, unrepaired, nonFinite } = corrector.last
  verification.add(corrected, {
    name: raw.info?.name,
    saturatedPixels: saturated,
    unrepairedPixels: unrepaired,
    nonFinitePixels: nonFinite
  })
}

const report = verification.result()
for (const { name, value, unit, reason } of report.overall.figures) {
  console.log(`${name}: ${value === null ? `not known (${reason})` : `${Number(value.toPrecision(4))} ${unit}`.trimEnd()}`)
}
const check = checkLimits(report, limits)
for (const { metric, where, value, verdict } of check.rows) console.log(`${verdict}: ${metric} ${where} ${value?.toFixed(4) ?? 'not known'}`)
console.log(check.passed ? 'limits met' : `${check.missed} limits missed`)
process.exitCode = check.passed ? 0 : 4
