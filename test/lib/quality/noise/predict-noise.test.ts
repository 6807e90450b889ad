import t from 'tap'
import type { Test } from 'tap'
import { combinerFactor } from '../../../../lib/quality/noise/combiner-factor.js'
import { measureFixedPattern } from '../../../../lib/quality/uniformity/measure-fixed-pattern.js'
import { measureTemporalNoise } from '../../../../lib/quality/noise/measure-temporal-noise.js'
import { measureUniformity } from '../../../../lib/quality/uniformity/measure-uniformity.js'
import { predictNoise } from '../../../../lib/quality/noise/predict-noise.js'
import { gaussianSource } from '../../../fixtures/gaussian-source.js'
import { knownNoiseCalibration } from '../../../fixtures/known-noise-calibration.js'
import type { CalibrationSet } from '../../../../lib/maps/calibration-set.js'
import type { Shape } from '../../../../lib/frame/shape.js'

const near = (t: Test, received: number | null, expected: number, tolerance: number, message: string): void => {
  t.ok(received !== null && Math.abs(received - expected) <= tolerance, `${message}: ${received}, expected ${expected} +- ${tolerance}`)
}
const fill = (shape: Shape, value: () => number) => ({ data: Float32Array.from({ length: shape[0] * shape[1] }, value), shape })

t.test('the published figures: K = 0.1, sigma = 3, six settings, both conventions', async (t) => {
  // darks, flats, level of the frame, level of the flats, sd with the same offset map, sd with an independent one.
  const table = [
    [1, 1, 1000, 1000, 14.7648, 15.3623],
    [4, 4, 1000, 1000, 11.6726, 11.8638],
    [16, 16, 1000, 1000, 10.7616, 10.8138],
    [1, 16, 1000, 8000, 10.8019, 10.9055],
    [10, 20, 500, 8000, 7.7427, 7.7499],
    [1, 100, 200, 8000, 6.1287, 6.1653]
  ] as const
  for (const [darkFrames, flatFrames, level, flatLevel, same, independent] of table) {
    const shape: Shape = [2, 3]
    const calibration = knownNoiseCalibration({ shape, level: flatLevel, darkFrames, flatFrames })
    const frame = fill(shape, () => level)
    const name = `${darkFrames} darks, ${flatFrames} flats, ${level} on ${flatLevel}`
    // The table has four decimals; the maps are float32 (6e-8).
    const result = predictNoise(frame, calibration)
    near(t, result.predictedNoiseDn, same, 6e-5, name)
    near(t, predictNoise(frame, calibration, { sameOffset: false }).predictedNoiseDn, independent, 6e-5, `${name}, independent`)
    near(t, Math.hypot(result.predictedTemporalNoiseDn!, result.predictedFixedPatternDn!), result.predictedNoiseDn!, 1e-9, 'parts add up')
    near(t, result.predictedTemporalNoiseDn, Math.sqrt(9 + 0.1 * level), 1e-5, 'photon transfer')
  }
})

t.test('frames that are drawn and corrected show the predicted noise; pixel gains differ', async (t) => {
  const shape: Shape = [300, 300]
  const normal = gaussianSource(5)
  const [darks, flats, K, sigma, flatLevel, level] = [4, 8, 0.5, 5, 2000, 1500]
  const size = 300 * 300
  const offset = new Float32Array(size)
  const flatSignal = new Float32Array(size)
  const gain = new Float32Array(size)
  const flatNoise = new Float32Array(size)
  const corrected = new Float32Array(size)
  const response = Float64Array.from({ length: size }, (_, i) => 1 - 0.3 * ((i % 300) / 300))
  const reference = flatLevel * 0.85
  for (let i = 0; i < size; i++) {
    const flatSd = Math.sqrt(sigma ** 2 + K * flatLevel * response[i])
    offset[i] = 100 + (sigma * normal()) / Math.sqrt(darks)
    flatSignal[i] = 100 + flatLevel * response[i] + (flatSd * normal()) / Math.sqrt(flats) - offset[i]
    gain[i] = reference / flatSignal[i]
    flatNoise[i] = flatSd
    const raw = 100 + level * response[i] + Math.sqrt(sigma ** 2 + K * level * response[i]) * normal()
    corrected[i] = (raw - offset[i]) * gain[i]
  }
  const calibration = knownNoiseCalibration(
    { shape, level: reference, darkNoise: sigma, darkFrames: darks, flatFrames: flats },
    { gain: { data: gain, shape, reference }, flatSignal: { data: flatSignal, shape }, flatNoise: { data: flatNoise, shape } }
  )
  const frame = { data: corrected, shape }
  const { predictedNoiseDn } = predictNoise(frame, calibration)
  const { sdDn } = measureUniformity(frame, calibration.defects)
  // Sampling error of an sd from 90 000 pixels: 1 / sqrt(180 000) = 0.24 %; four of them.
  near(t, sdDn! / predictedNoiseDn!, 1, 0.0095, 'measured over predicted')
})

t.test('map errors are used where they are known, else the way of combining', async (t) => {
  const shape: Shape = [1, 2]
  const frame = fill(shape, () => 500)
  const base = knownNoiseCalibration({ shape, level: 1000, darkFrames: 3, flatFrames: 5 })
  const withStacks = (changed: Partial<CalibrationSet>, combine: string) => ({
    ...base,
    ...changed,
    provenance: {
      ...base.provenance,
      stacks: (['dark', 'flat'] as const).map((role) => ({ role, level: role === 'dark' ? 0 : 1, frames: [], kept: 3, combine, passes: 1 }))
    }
  })
  // a = 0.5: fixed = 0.25 * 109 * factor(5) / 5 + 0.25 * offset variance.
  const fixed = (calibration: CalibrationSet) => predictNoise(frame, calibration).predictedFixedPatternDn! ** 2
  near(t, fixed(base), (0.25 * 109) / 5 + (0.25 * 9) / 3, 1e-5, 'mean')
  near(t, fixed(withStacks({}, 'median')), (0.25 * 109 * 1.4342) / 5 + (0.25 * 9 * 1.346) / 3, 1e-5, 'median')
  near(t, fixed(withStacks({ offsetErrors: fill(shape, () => 2) }, 'mean')), (0.25 * 109) / 5 + 0.25 * 4, 1e-5, 'errors of the offset map')
  // Below zero there is the noise of the dark, and no less.
  near(
    t,
    predictNoise(
      fill(shape, () => -100),
      base
    ).predictedTemporalNoiseDn,
    3,
    1e-6,
    'negative values'
  )
})

t.test('efficiency of the median: simulated sd is 4.2, 3.6, 2.9 % higher with 3, 5, 7 flats and darks', async (t) => {
  // sqrt((1 + f / n) / (1 + 1 / n)) - 1 at equal levels.
  for (const [n, percent] of [
    [3, 4.2],
    [5, 3.6],
    [7, 2.9]
  ] as const) {
    near(t, 100 * (Math.sqrt((1 + combinerFactor('median', n) / n) / (1 + 1 / n)) - 1), percent, 0.06, `${n} frames`)
  }
  t.equal(combinerFactor('mean', 5), 1)
  t.equal(combinerFactor('sigma-clipped mean (kappa 4, 2 passes)', 32), 1)
  t.equal(combinerFactor('median', 1), 1)
  t.equal(combinerFactor('median', 2), 1, 'the median of two is their mean')
  // Exact integrals over the order statistics: 1.54366 at 25, 1.56245 at 81; within 0.2 %.
  near(t, combinerFactor('median', 25), 1.54366, 0.002, '25')
  near(t, combinerFactor('median', 81), 1.56245, 0.001, '81')
  near(t, combinerFactor('median', 24), 1.4868, 0.003, '24')
})

t.test('bad pixels are left out, and what is not known is null', async (t) => {
  const shape: Shape = [2, 2]
  const frame = fill(shape, () => 1000)
  const base = knownNoiseCalibration({ shape, level: 1000 })
  const gain = { data: Float32Array.of(0, 1, 1, 1), shape, reference: 1000 }
  const noise = { data: Float32Array.of(1e6, 3, 3, 3), shape }
  const one = predictNoise(frame, { ...base, gain, noise, defects: { data: Uint32Array.of(2, 0, 0, 0), shape } })
  near(t, one.predictedNoiseDn, predictNoise(frame, base).predictedNoiseDn!, 1e-9, 'without the bad pixel')
  t.equal(one.usedPixels, 3)
  t.match(predictNoise(frame, { ...base, noise: null, darkFrames: 1 }).unknown, {
    predictedNoiseDn: /no noise map: the calibration has one dark/
  })
  t.match(predictNoise(frame, { ...base, noise: null }).unknown, { predictedNoiseDn: /the darks give none/ })
  t.match(predictNoise(frame, { ...base, flatNoise: null, flatFrames: 1 }).unknown, { predictedFixedPatternDn: /one flat/ })
  t.match(predictNoise(frame, { ...base, flatNoise: null }).unknown, { predictedTemporalNoiseDn: /the flats give none/ })
  t.match(predictNoise(frame, { ...base, defects: { data: new Uint32Array(4).fill(2), shape } }), {
    predictedNoiseDn: null,
    unknown: { predictedNoiseDn: 'no good pixel' }
  })
  t.throws(
    () =>
      predictNoise(
        fill([1, 4], () => 1),
        base
      ),
    { code: 'ERR_SHAPE' }
  )
})

t.test('temporal noise of a pair: pattern and tube output cancel', async (t) => {
  const shape: Shape = [200, 200]
  const normal = gaussianSource(8)
  const pattern = Float64Array.from({ length: 40000 }, () => 1000 + 50 * normal())
  const shot = (output: number) => ({ data: Float32Array.from(pattern, (value) => output * (value + 6 * normal())), shape })
  const result = measureTemporalNoise(shot(1), shot(1.02), null)
  // 6 / sqrt(2 N) = 0.0212; four of them.
  near(t, result.temporalNoiseDn, 6, 0.085, 'sd')
  t.strictSame(result.unknown, {})
  // By hand: means 2 and 2, differences 1 -2 1: sd = sqrt 3, over sqrt 2.
  near(
    t,
    measureTemporalNoise({ data: Float32Array.of(1, 3, 2), shape: [1, 3] }, { data: Float32Array.of(2, 1, 3), shape: [1, 3] }, null)
      .temporalNoiseDn,
    Math.sqrt(1.5),
    1e-12,
    'by hand'
  )
})

t.test('a pair that tells nothing', async (t) => {
  const row = (...values: number[]) => ({ data: Float32Array.from(values), shape: [1, values.length] as const })
  const bad = { data: Uint32Array.of(2, 2), shape: [1, 2] as const }
  t.match(measureTemporalNoise(row(1, 2), row(2, 3), bad).unknown, { temporalNoiseDn: 'no good pixel' })
  t.match(measureTemporalNoise(row(1, 2), row(-2, 1), null).unknown, { temporalNoiseDn: /not above 0/ })
  const half = measureTemporalNoise(row(1, NaN, 3, 4), row(NaN, 2, 2, 6), null)
  t.match(half, { usedPixels: 2, nonFinitePixels: 2 }, 'what is not finite in one of them is left out')
  t.match(measureTemporalNoise(row(1, NaN, 3), row(NaN, 2, 2), null).unknown, { temporalNoiseDn: /fewer than two pixels/ })
  t.throws(() => measureTemporalNoise(row(1, 2), row(1, 2, 3), null), {
    code: 'ERR_SHAPE',
    message: /^second frame: expected shape \[1, 2\]/
  })
})

t.test('a planted fixed pattern comes back from two halves, without bias from noise ten times as large', async (t) => {
  const shape: Shape = [400, 400]
  const normal = gaussianSource(9)
  const pattern = Float64Array.from({ length: 160000 }, () => 1000 + 0.5 * normal())
  const half = () => ({ data: Float32Array.from(pattern, (value) => value + 5 * normal()), shape })
  const result = measureFixedPattern(half(), half(), null)
  // Covariance 0.25 with sampling sd (0.25 + 25) / sqrt(N) = 0.063: four of them.
  near(t, result.fixedPatternVarianceDn2, 0.25, 0.25, 'variance')
  near(t, result.detrendedFixedPatternVarianceDn2, result.fixedPatternVarianceDn2!, 0.01, 'no shading, no difference')
  const quiet = () => ({ data: Float32Array.from(pattern, (value, i) => value + 0.05 * normal() + 0.002 * (i % 400)), shape })
  const shaded = measureFixedPattern(quiet(), quiet(), null)
  // A ramp of +-0.4 adds a^2 / 3; sampling sd of 0.5: 0.5 / sqrt(2 N) = 0.09 %.
  near(t, shaded.detrendedFixedPatternDn, 0.5, 0.004, 'pattern')
  near(t, shaded.detrendedFixedPatternPercent, 0.05, 0.0004, 'percent of the mean')
  near(t, shaded.fixedPatternDn, Math.sqrt(0.25 + 0.4 ** 2 / 3), 0.005, 'with shading')
})

t.test('a negative variance keeps its sign and has no root', async (t) => {
  const row = (...values: number[]) => ({ data: Float32Array.from(values), shape: [1, values.length] as const })
  // Deviations -1 1 and 1 -1: covariance -2 (ddof 1).
  const result = measureFixedPattern(row(9, 11), row(11, 9), null)
  t.match(result, { fixedPatternVarianceDn2: -2, fixedPatternDn: null, fixedPatternPercent: null })
  t.match(result.unknown, {
    fixedPatternDn: /variance is -2\.00 DN\^2/,
    fixedPatternPercent: /sampling error/,
    detrendedFixedPatternDn: /second-order surface/
  })
  t.match(measureFixedPattern(row(1, -1), row(1, -1), null).unknown, { fixedPatternPercent: /not above 0/ })
  t.match(measureFixedPattern(row(1), row(1), null).unknown, { fixedPatternDn: /fewer than two pixels/ })
  t.match(measureFixedPattern(row(NaN, 1), row(1, NaN), null), {
    usedPixels: 0,
    nonFinitePixels: 2,
    unknown: { fixedPatternPercent: /fewer than two/ }
  })
  t.throws(() => measureFixedPattern(row(1, 2), row(1), null), { code: 'ERR_SHAPE', message: /^odd half/ })
})
