import { readFileSync } from 'node:fs'
import t from 'tap'
import type { Test } from 'tap'
import { z } from 'zod'
import { checkLimits } from '../../../../lib/quality/limits/check-limits.js'
import { createVerification } from '../../../../lib/quality/verification/create-verification.js'
import { limitsSchema } from '../../../../lib/quality/limits/limits-schema.js'
import { METRIC_NAMES, METRICS } from '../../../../lib/quality/limits/metrics.js'
import { parseLimits } from '../../../../lib/quality/limits/parse-limits.js'
import { verifyFlats } from '../../../../lib/quality/verification/verify-flats.js'
import { gaussianSource } from '../../../fixtures/gaussian-source.js'
import { knownNoiseCalibration } from '../../../fixtures/known-noise-calibration.js'
import type { Figure } from '../../../../lib/quality/figure.js'
import type { MetricName } from '../../../../lib/quality/limits/metrics.js'
import type { Shape } from '../../../../lib/frame/shape.js'

const shape: Shape = [200, 200]
const facts = { saturatedPixels: 0, unrepairedPixels: 0, nonFinitePixels: 0 }
const near = (t: Test, received: number | null, expected: number, tolerance: number, message: string): void => {
  t.ok(received !== null && Math.abs(received - expected) <= tolerance, `${message}: ${received}, expected ${expected} +- ${tolerance}`)
}
const figure = (figures: readonly Figure[], name: MetricName): Figure => figures.find((item) => item.name === name)!
const value = (figures: readonly Figure[], name: MetricName): number | null => figure(figures, name).value

/** Flats of a panel whose map noise and photon noise are drawn as `knownNoiseCalibration` states them: sd sqrt(9 + 100) at 1000 DN. */
function drawFlats(count: number, seed: number) {
  const normal = gaussianSource(seed)
  const sigma = Math.sqrt(109)
  const pattern = Float64Array.from({ length: 40000 }, () => (sigma / 4) * normal())
  return Array.from({ length: count }, (_, t) => {
    const output = 1 + 0.01 * t
    return { data: Float32Array.from(pattern, (fixed) => output * (1000 + fixed + sigma * normal())), shape }
  })
}

t.test('four flats: noise as predicted, the fixed pattern of the gain map, every metric reported once', async (t) => {
  const calibration = knownNoiseCalibration({ shape, level: 1000 }, { pixelPitch: [0.5, 0.5] })
  const verification = createVerification(calibration)
  const buffer = { data: new Float32Array(40000), shape }
  const singles = drawFlats(4, 21).map((flat, index) => {
    buffer.data.set(flat.data) // one buffer for all: nothing of it may be kept
    return verification.add(buffer, { ...facts, name: `f${index}.tif`, sha256: `${index}`.repeat(64) })
  })
  const report = verification.result()
  t.strictSame(report.flats, singles)
  t.strictSame(JSON.parse(JSON.stringify(report)), report, 'plain JSON')
  t.equal(report.schema, 'flatpanel.verify/1')
  const flatNames = METRIC_NAMES.filter((name) => !('overallOnly' in METRICS[name]))
  for (const flat of report.flats) t.strictSame(flat.figures.map(({ name }) => name).sort(), [...flatNames].sort())
  t.strictSame(report.overall.figures.map(({ name }) => name).sort(), [...METRIC_NAMES].sort())
  t.ok(
    [...report.overall.figures, ...singles[0].figures].every(
      ({ name, unit, value, reason }) => unit === METRICS[name as MetricName].unit && value !== null && reason === undefined
    )
  )

  // sd of one flat: sigma sqrt(1 + 1 / 16) = 10.76; se 1 / sqrt(80 000) = 0.35 %, four of them; the drawn noise rises with the
  // output, 1 % a frame, where photons would give half of that.
  for (const flat of report.flats) near(t, value(flat.figures, 'noiseRatio'), 1, 0.03, flat.name!)
  const { figures } = report.overall
  // Pairs: level 1015, sd 10.44 * 1.015; six degrees of 40 000 pixels.
  near(t, value(figures, 'temporalNoiseDn'), Math.sqrt(109) * 1.015, 0.08, 'temporal')
  // Covariance of the halves: sigma^2 / 16 with sampling sd (sigma^2 / 16 + sigma^2 / 2) / 200 = 0.56 % of sigma^2: sd of the root 4.5 %.
  near(t, value(figures, 'fixedPatternDn'), (Math.sqrt(109) * 1.015) / 4, 0.18 * 2.65, 'fixed pattern')
  near(t, value(figures, 'predictedFixedPatternDn'), (Math.sqrt(109) * 1.015) / 4, 0.03, 'and its prediction')
  near(t, value(figures, 'fixedPatternToTemporalRatio'), 0.25, 0.05, 'ratio')
  near(t, value(figures, 'meanDn'), 1015, 0.2, 'mean of the means')
  t.equal(value(figures, 'minimumDn'), Math.min(...singles.map((flat) => value(flat.figures, 'minimumDn')!)), 'the smallest')
  t.equal(value(figures, 'noiseRatio'), Math.max(...singles.map((flat) => value(flat.figures, 'noiseRatio')!)), 'the largest')
  // The mean of four flats: sqrt(1 / 4 + 1 / 16) of sigma, not the zero of the frames that made the map.
  near(t, value(figures, 'averagedCvPercent'), 1.044 * Math.sqrt(1 / 4 + 1 / 16), 0.02, 'cv of the mean')
  t.equal(value(figures, 'newDefects'), 0)
})

t.test('a flat that made the calibration is found by its hash; so are twins, and what could not be checked', async (t) => {
  const base = knownNoiseCalibration({ shape, level: 1000 })
  const frame = (index: number, sha256: string | null, verdict: 'kept' | 'dropped' = 'kept') => ({
    index,
    name: index === 0 ? 'cal0.tif' : null,
    sha256,
    verdict,
    reason: null
  })
  const stacks = [
    { role: 'dark' as const, level: 0, frames: [frame(0, 'd0')], kept: 1, combine: 'mean', passes: 1 },
    { role: 'flat' as const, level: 2, frames: [frame(0, 'f0'), frame(1, 'f1', 'dropped')], kept: 1, combine: 'mean', passes: 1 }
  ]
  const calibration = { ...base, provenance: { ...base.provenance, stacks } }
  const flats = drawFlats(1, 22)
  const warningsFor = async (hashes: (string | null)[], to = calibration) =>
    (
      await verifyFlats(
        hashes.map((sha256, i) => ({ frame: flats[0], facts: { ...facts, sha256, name: i === 0 ? 'x.tif' : null } })),
        to
      )
    ).warnings
  t.strictSame(await warningsFor(['fresh']), [])
  t.match(await warningsFor(['f0']), [/^x\.tif is one of the flats of level 2 that made the calibration \(frame 0, cal0\.tif\)/])
  t.match(await warningsFor(['f1']), [/flats of level 2 .* \(dropped frame 1\)/])
  t.match(await warningsFor(['d0']), [/^x\.tif is one of the dark frames/])
  t.match(await warningsFor(['a', 'a']), [/^flat 2 has the same pixels as x\.tif/])
  t.match(await warningsFor(['a', null]), [/^1 of 2 flats have no hash/])
  const unhashed = { ...calibration, provenance: { ...calibration.provenance, stacks: [{ ...stacks[0], frames: [frame(0, null)] }] } }
  t.match(await warningsFor(['a'], unhashed), [/does not record the hash of every frame/])
  t.match(await warningsFor(['a'], { ...calibration, provenance: { ...calibration.provenance, mode: {} } }), [/does not state its mode/])
})

t.test('one flat, one dark, no pitch, a silent caller: null with reasons, over all too', async (t) => {
  const calibration = knownNoiseCalibration({ shape, level: 1000, darkFrames: 1 }, { noise: null })
  const { overall, flats } = await verifyFlats([{ frame: drawFlats(1, 23)[0] }], calibration)
  t.match(figure(flats[0].figures, 'noiseRatio'), { value: null, unit: '', reason: 'no noise map: the calibration has one dark' })
  t.match(figure(overall.figures, 'noiseRatio'), { value: null, reason: 'flat 1: no noise map: the calibration has one dark' })
  t.match(figure(overall.figures, 'localSnrNonUniformityPercent'), { value: null, unit: '%', reason: /pixel pitch is unknown/ })
  t.match(figure(overall.figures, 'saturatedPixels'), { value: null, reason: /did not say/ })
  t.match(figure(overall.figures, 'temporalNoiseDn'), { value: null, reason: 'one flat has no pair' })
  t.equal(value(overall.figures, 'nonFinitePixels'), 0, 'measured where the caller does not say')
  const spoilt = knownNoiseCalibration({ shape, level: 1000 })
  spoilt.noise!.data[0] = NaN
  const odd = await verifyFlats([{ frame: drawFlats(1, 23)[0] }], spoilt)
  t.match(figure(odd.overall.figures, 'predictedNoiseDn'), { value: null, reason: /maps hold values that are not finite/ }, 'never NaN')
  const two = await verifyFlats(
    drawFlats(2, 23).map((frame) => ({ frame })),
    calibration
  )
  t.match(figure(two.overall.figures, 'temporalNoiseRatio'), { value: null, reason: 'the calibration has no noise maps' })
  t.ok(value(two.overall.figures, 'temporalNoiseDn')! > 0)
})

t.test('warnings of state: saturation, no signal, not finite, a turned panel, new defects', async (t) => {
  const normal = gaussianSource(31)
  const base = knownNoiseCalibration({ shape, level: 1000 })
  const gain = { data: Float32Array.from({ length: 40000 }, () => 1 + 0.03 * normal()), shape, reference: 1000 }
  const turned = (_: unknown, i: number) => (1000 / gain.data[39999 - i]) * gain.data[i] + normal()
  const frame = { data: Float32Array.from({ length: 40000 }, turned), shape }
  const report = await verifyFlats([{ frame, facts: { ...facts, saturatedPixels: 7, sha256: 'a' } }], { ...base, gain })
  t.match(report.warnings.join('\n'), /flat 1 has 7 saturated pixels/)
  t.match(report.warnings.join('\n'), /fit the gain map better when it is rotated by 180 degrees/)

  const [flat] = drawFlats(1, 24)
  flat.data[77] = NaN
  flat.data[20200] = 3000
  const spoilt = await verifyFlats([{ frame: flat, facts: { sha256: 'a' } }], base)
  t.match(spoilt.warnings.join('\n'), /1 good pixels that are not finite/)
  t.equal(value(spoilt.overall.figures, 'nonFinitePixels'), 1)
  t.match(spoilt.overall.newDefects, [{ row: 101, col: 0 }])
  t.equal(value(spoilt.overall.figures, 'newDefects'), 1)

  const dark = await verifyFlats([{ frame: { data: new Float32Array(40000), shape }, facts: { sha256: 'a' } }], base)
  t.match(dark.warnings.join('\n'), /flat 1 has no signal/)
  t.match(figure(dark.overall.figures, 'newDefects'), { value: null, reason: 'no flat has a mean above 0' })
  t.match(figure(dark.overall.figures, 'fixedPatternPercent'), { value: null, reason: 'no flat has a mean above 0' })

  const none = await verifyFlats([{ frame: flat }], { ...base, defects: { data: new Uint32Array(40000).fill(2), shape } })
  t.match(figure(none.overall.figures, 'meanDn'), { value: null, reason: 'flat 1: no good pixel' })
  t.match(figure(none.flats[0].figures, 'newDefects'), { value: null, reason: 'no good pixel' })
  t.equal(none.calibration.badPixels, 40000)

  // Pairs of which no pixel is good in both tell nothing, and say so.
  const disjoint = [0, 1].map((half) => ({ frame: { data: flat.data.map((v, i) => (i % 2 === half ? v : NaN)), shape } }))
  const pair = await verifyFlats(disjoint, base)
  t.match(figure(pair.overall.figures, 'temporalNoiseDn'), { value: null, reason: /no pair of flats/ })
})

t.test('refusals', async (t) => {
  const calibration = knownNoiseCalibration({ shape, level: 1000 })
  t.throws(() => createVerification(calibration).result(), {
    code: 'ERR_STACK',
    message: 'verification: expected at least one flat, received none'
  })
  t.throws(() => createVerification(calibration).add({ data: new Float32Array(4), shape: [2, 2] }), { code: 'ERR_SHAPE' })
  await t.rejects(verifyFlats([], calibration), { code: 'ERR_STACK' })
})

t.test('limits: pass, fail, ends included, and what cannot be known is missed', async (t) => {
  const report = await verifyFlats(
    drawFlats(2, 25).map((frame, i) => ({ frame, facts: { ...facts, name: `f${i}` } })),
    knownNoiseCalibration({ shape, level: 1000 })
  )
  const check = (limits: object) => checkLimits(report, parseLimits({ schema: 'flatpanel.limits/1', limits }))
  t.match(check({ saturatedPixels: { max: 0 }, noiseRatio: { min: 0.9, max: 1.1, note: 'house rule' } }), { passed: true, missed: 0 })
  t.strictSame(
    check({ saturatedPixels: { max: 0 } }).rows.map((row) => row.where),
    ['overall', 'f0', 'f1']
  )
  t.strictSame(check({ newDefects: { min: 1 } }).rows[0], {
    metric: 'newDefects',
    where: 'overall',
    value: 0,
    unit: 'pixels',
    min: 1,
    max: null,
    maxChange: null,
    maxChangePercent: null,
    baseline: null,
    change: null,
    changePercent: null,
    verdict: 'fail',
    reason: null
  })
  t.match(check({ globalSnrNonUniformityPercent: { max: 5 } }), {
    passed: false,
    missed: 3,
    rows: [
      { verdict: 'unknown', value: null, reason: 'cannot be known: f0: the pixel pitch is unknown' },
      { reason: 'cannot be known: the pixel pitch is unknown' }
    ]
  })
  t.throws(() => check({}), { code: 'ERR_OPTION', message: 'limits: expected at least one limit, received none' })
  t.strictSame(
    checkLimits(report, { schema: 'flatpanel.limits/1', limits: {} }),
    { passed: true, missed: 0, rows: [], warnings: [] },
    'by hand'
  )
  const byHand = (limit: object) => () => checkLimits(report, { schema: 'flatpanel.limits/1', limits: { cvPercent: limit } })
  t.throws(byHand({ max: NaN }), { code: 'ERR_OPTION', message: 'limit "cvPercent": expected finite numbers, received NaN' })
  t.throws(byHand({ min: 2, max: 1 }), { code: 'ERR_OPTION', message: /min <= max/ })
  t.throws(byHand({}), { code: 'ERR_OPTION', message: /min, max or both/ })
  t.throws(() => checkLimits(report, { schema: 'flatpanel.limits/1', limits: { cv: { max: 1 } } }), {
    code: 'ERR_OPTION',
    message: /^limit "cv": expected a metric: meanDn, /
  })
})

t.test('limits on the change from a baseline: over all flats only, either way, and never against nothing', async (t) => {
  const report = await verifyFlats(
    drawFlats(2, 25).map((frame, i) => ({ frame, facts: { ...facts, name: `f${i}` } })),
    knownNoiseCalibration({ shape, level: 1000 })
  )
  const now = report.overall.figures.find((figure) => figure.name === 'meanDn')!.value!
  const figure = (name: string, value: number | null, reason?: string) => ({ name, value, unit: 'DN', reason })
  const check = (limit: object, figures: ReturnType<typeof figure>[], metric = 'meanDn') =>
    checkLimits(report, parseLimits({ schema: 'flatpanel.limits/1', limits: { [metric]: limit } }), {
      baseline: { ...report, overall: { figures } }
    })
  const { rows } = check({ maxChange: 5 }, [figure('meanDn', now + 5)])
  t.equal(rows.length, 1, 'a flat has no counterpart')
  t.match(rows[0], { where: 'overall', baseline: now + 5, maxChange: 5, maxChangePercent: null, min: null, verdict: 'pass', reason: null })
  t.ok(Math.abs(rows[0].change! + 5) < 1e-9)
  t.equal(check({ maxChange: 4.99 }, [figure('meanDn', now + 5)]).rows[0].verdict, 'fail', 'downwards')
  t.equal(check({ maxChange: 4.99 }, [figure('meanDn', now - 5)]).rows[0].verdict, 'fail', 'upwards')
  t.equal(check({ maxChangePercent: 26 }, [figure('meanDn', now / 1.25)]).rows[0].verdict, 'pass')
  t.equal(
    check({ maxChangePercent: 24 }, [figure('meanDn', now / 1.25)]).rows[0].verdict,
    'fail',
    'percent of the baseline, not of the figure'
  )
  t.match(
    check({ max: 1, maxChange: 1 }, [figure('meanDn', now)]).rows.map((row) => [row.where, row.verdict, row.maxChange]),
    [
      ['overall', 'fail', 1],
      ['f0', 'fail', null],
      ['f1', 'fail', null]
    ]
  )
  t.match(check({ maxChange: 1 }, []).rows[0], {
    verdict: 'unknown',
    reason: 'cannot be compared with the baseline: it has no such figure'
  })
  t.match(check({ maxChange: 1 }, [figure('meanDn', null, 'one flat')]).rows[0], {
    verdict: 'unknown',
    reason: 'cannot be compared with the baseline: one flat'
  })
  const zero = [figure('newDefects', 0)]
  t.match(check({ maxChangePercent: 0 }, zero, 'newDefects').rows[0], { verdict: 'pass', changePercent: 0 }, 'from 0 to 0')
  t.match(check({ maxChangePercent: 10 }, [figure('saturatedPixels', 0)], 'saturatedPixels').rows[0], { verdict: 'pass' })
  t.match(check({ maxChangePercent: 10 }, [figure('usedPixels', 0)], 'usedPixels').rows[0], {
    verdict: 'unknown',
    reason: /the baseline is 0/
  })
  t.match(check({ maxChange: 1 }, [figure('globalSnrNonUniformityPercent', 3)], 'globalSnrNonUniformityPercent').rows[0], {
    verdict: 'unknown',
    baseline: 3,
    change: null
  })
  const limits = parseLimits({ schema: 'flatpanel.limits/1', baseline: 'b.json', limits: { meanDn: { maxChange: 1 } } })
  t.equal(limits.baseline, 'b.json')
  t.throws(() => checkLimits(report, limits), {
    code: 'ERR_OPTION',
    message: 'limit "meanDn": expected a baseline to measure the change against, received none'
  })
  t.throws(() => checkLimits(report, limits, { baseline: { calibration: { serialNumber: 'other' }, overall: report.overall } }), {
    code: 'ERR_CALIBRATION',
    message: /one of panel other/
  })
  t.throws(() => checkLimits(report, { schema: 'flatpanel.limits/1', limits: { meanDn: { maxChange: -1 } } }), {
    code: 'ERR_OPTION',
    message: /a change of at least 0, received -1/
  })
  const lacking = { ...report, flats: [], overall: { ...report.overall, figures: [] } }
  t.match(checkLimits(lacking, parseLimits({ schema: 'flatpanel.limits/1', limits: { meanDn: { max: 1 } } })), {
    passed: false,
    rows: [{ verdict: 'unknown', reason: /the report has no such figure/ }]
  })
})

t.test('limits files: every fault is named', async (t) => {
  const fault = (json: unknown, message: RegExp) => t.throws(() => parseLimits(json), { code: 'ERR_OPTION', message })
  fault({ schema: 'flatpanel.limits/1', limits: { cvPercnt: { max: 1 } } }, /^limit "cvPercnt": expected a metric: meanDn, .*cvPercent/)
  fault({ schema: 'flatpanel.limits/2', limits: {} }, /→ at schema/)
  fault(
    { schema: 'flatpanel.limits/1', limits: { cvPercent: { max: '1' } } },
    /expected number, received string\n {2}→ at limits\.cvPercent\.max/
  )
  fault({ schema: 'flatpanel.limits/1', limits: { cvPercent: { max: NaN } } }, /→ at limits\.cvPercent\.max/)
  fault({ schema: 'flatpanel.limits/1', limits: { cvPercent: { maximum: 1 } } }, /Unrecognized key: "maximum"/)
  fault({ schema: 'flatpanel.limits/1', limits: { cvPercent: {} } }, /min, max or both/)
  fault({ schema: 'flatpanel.limits/1' }, /→ at limits/)
  fault({ schema: 'flatpanel.limits/1', limits: 7 }, /→ at limits/)
  fault(null, /expected object, received null/)
  fault([], /expected object, received array/)
  t.strictSame(parseLimits({ $schema: './limits.schema.json', schema: 'flatpanel.limits/1', limits: { cvPercent: { max: 1.5 } } }), {
    schema: 'flatpanel.limits/1',
    limits: { cvPercent: { max: 1.5 } }
  })
})

t.test('the published JSON Schema is that of the code', async (t) => {
  const published = readFileSync('lib/quality/limits/limits.schema.json', 'utf8')
  const current = `${JSON.stringify(z.toJSONSchema(limitsSchema, { target: 'draft-2020-12' }), null, 2)}\n`
  t.equal(
    published,
    current,
    'to regenerate: write JSON.stringify(z.toJSONSchema(limitsSchema), null, 2) and a line feed to lib/quality/limits/limits.schema.json'
  )
})
