import t from 'tap'
import type { Test } from 'tap'
import { DEFECT_FLAGS } from '../../../../lib/maps/defect-flags.js'
import { decomposeNoise } from '../../../../lib/quality/noise/decompose-noise.js'
import { fitNonNegative } from '../../../../lib/quality/noise/fit-non-negative.js'
import { measureSnr } from '../../../../lib/quality/noise/measure-snr.js'
import { gaussianSource } from '../../../fixtures/gaussian-source.js'
import type { Shape } from '../../../../lib/frame/shape.js'
import type { NoiseLevel } from '../../../../lib/quality/noise/decompose-noise.js'

const near = (t: Test, received: number | null, expected: number, tolerance: number, message: string): void => {
  t.ok(received !== null && Math.abs(received - expected) <= tolerance, `${message}: ${received}, expected ${expected} +- ${tolerance}`)
}
const frame = (values: readonly number[], shape: Shape = [1, values.length]) => ({ data: Float32Array.from(values), shape })
const draw = (shape: Shape, value: (i: number) => number) => ({
  data: Float32Array.from({ length: shape[0] * shape[1] }, (_, i) => value(i)),
  shape
})

t.test('SNR: four pixels by hand, in unsigned frames', async (t) => {
  // Differences -1, 1, -1, 5: mean 1, squares about it 4 + 0 + 4 + 16 = 24: sd^2 = 8 (ddof 1), so noise^2 = 4. EMVA: 28/8 - 1/2 = 3.
  const a = { data: Uint16Array.of(10, 11, 20, 25), shape: [2, 2] as const }
  const b = { data: Uint16Array.of(11, 10, 21, 20), shape: [2, 2] as const }
  const result = measureSnr(a, b, null)
  near(t, result.noiseDn, 2, 1e-12, 'noise')
  near(t, result.emvaVarianceDn2, 3, 1e-12, 'EMVA variance')
  near(t, result.signalDn, 16, 1e-12, 'signal')
  near(t, result.snr, 8, 1e-12, 'SNR')
  near(t, result.noiseStandardErrorDn, 2 / Math.sqrt(6), 1e-12, 'standard error of the noise')
  // Sums of squares about the means: 16.5: (6.5, 5.5, 3.5, 8.5) 157; 15.5: (4.5, 5.5, 5.5, 4.5) 101. Mean variance 258 / 6 = 43.
  near(t, result.singleFrameNoiseDn, Math.sqrt(43), 1e-12, 'single frame')
  near(t, result.singleFrameSnr, 16 / Math.sqrt(43), 1e-12, 'single-frame SNR')
  t.match(result, { usedPixels: 4, defectivePixels: 0, nonFinitePixels: 0, normalisedSnr: null, normalisedSnrAt1Mgy: null })
})

t.test('SNR: photon transfer at K = 0.1, 3 DN of dark noise, 1000 DN: 95.78, from a pair with a fixed pattern', async (t) => {
  // Variance 0.1 x 1000 + 9 = 109, difference sd 14.7648. A pattern of 20 DN stands in both frames; the second is 7 DN brighter.
  const normal = gaussianSource(11)
  const shape = [400, 500] as const
  const pattern = Float64Array.from({ length: 200_000 }, () => 20 * normal())
  const sigma = Math.sqrt(109)
  const a = draw(shape, (i) => 1000 + pattern[i] + sigma * normal())
  const b = draw(shape, (i) => 1007 + pattern[i] + sigma * normal())
  const result = measureSnr(a, b, null)
  // Standard error sigma / sqrt(2 n) = 0.0165; four of them.
  near(t, result.noiseDn, sigma, 0.066, 'noise')
  near(t, result.noiseDn! * Math.SQRT2, 14.7648, 0.094, 'sd of the difference')
  near(t, result.snr, 1003.5 / sigma, 0.61, 'SNR')
  near(t, result.snrStandardError, 96.1 / Math.sqrt(400_000), 0.002, 'its standard error')
  // sqrt(109 + 400) = 22.56; its standard error is 22.56 / sqrt(2 n) = 0.036.
  near(t, result.singleFrameNoiseDn, Math.sqrt(509), 0.15, 'a single frame holds the pattern')
})

t.test('SNR: the scatter over many regions is the standard error that is stated', async (t) => {
  // SNR 5, where the noise of the mean counts as well: 200 pairs of 400 pixels. The sd of 200 values has an error of 5 %; four of them.
  const normal = gaussianSource(5)
  const values = Array.from({ length: 200 }, () => {
    const take = () => draw([20, 20], () => 50 + 10 * normal())
    return measureSnr(take(), take(), null)
  })
  const mean = values.reduce((sum, { snr }) => sum + snr!, 0) / 200
  const sd = Math.sqrt(values.reduce((sum, { snr }) => sum + (snr! - mean) ** 2, 0) / 199)
  near(t, sd / values[0].snrStandardError!, 1, 0.25, 'scatter over standard error')
})

t.test('SNR: normalised to 88.6 um and to 1 mGy', async (t) => {
  // 1, -1, 1, -1 about 200: differences +-2 of sd sqrt(16 / 3); noise sqrt(8 / 3).
  const a = frame([201, 199, 201, 199])
  const b = frame([199, 201, 199, 201])
  const { snr, normalisedSnr, normalisedSnrAt1Mgy } = measureSnr(a, b, null, { basicSpatialResolutionUm: 148, airKermaMgy: 4 })
  // An SNR of 200 at 148 um is 119.73.
  near(t, (normalisedSnr! / snr!) * 200, 119.73, 0.005, '88.6 / 148')
  near(t, normalisedSnrAt1Mgy, normalisedSnr! / 2, 1e-12, 'four times the dose, twice the SNR')
})

t.test('SNR: defects and values that are not finite are left out; what cannot be had is null', async (t) => {
  const a = frame([100, 102, NaN, 104, 9e9, 98])
  const b = frame([102, 100, 100, 100, -9e9, Infinity])
  const defects = { data: Uint32Array.of(0, 0, 0, 0, DEFECT_FLAGS.dead, 0), shape: [1, 6] as const }
  const result = measureSnr(a, b, defects)
  t.match(result, { usedPixels: 3, defectivePixels: 1, nonFinitePixels: 2 })
  // Differences -2, 2, 4: variance 28/3, noise sqrt(14/3).
  near(t, result.noiseDn, Math.sqrt(14 / 3), 1e-6, 'noise of the three')

  const one = measureSnr(frame([100, 102]), frame([101, 100]), null, { region: { row: 0, col: 0, rows: 1, cols: 1 } })
  t.match(one, {
    signalDn: 100.5,
    noiseDn: null,
    snr: null,
    singleFrameNoiseDn: null,
    unknown: { noiseDn: /fewer than two/, snr: /fewer than two/ }
  })
  const none = measureSnr(frame([NaN]), frame([NaN]), null)
  t.match(none, { signalDn: null, emvaVarianceDn2: null, unknown: { signalDn: /no pixel is good/, normalisedSnr: /fewer than two/ } })
  const negative = measureSnr(frame([-5, -7]), frame([-6, -5]), null, { basicSpatialResolutionUm: 100 })
  t.match(negative, { snr: null, singleFrameSnr: null, unknown: { snr: /not above 0/, normalisedSnr: /not above 0/ } })
  const same = measureSnr(frame([5, 5]), frame([5, 5]), null)
  t.match(same, {
    noiseDn: 0,
    snr: null,
    singleFrameSnr: null,
    unknown: { snr: 'the frames do not differ', singleFrameSnr: 'the pixels do not differ' }
  })
  const unknown = measureSnr(frame([5, 7]), frame([6, 5]), null).unknown
  t.match(unknown, { normalisedSnr: /spatial resolution is unknown/, normalisedSnrAt1Mgy: /spatial resolution is unknown/ })
  t.match(measureSnr(frame([5, 7]), frame([6, 5]), null, { basicSpatialResolutionUm: 100 }).unknown, {
    normalisedSnrAt1Mgy: /air kerma is unknown/
  })
})

t.test('SNR: refuses other shapes and options out of range', async (t) => {
  t.throws(() => measureSnr(frame([1, 2]), frame([1, 2], [2, 1]), null), { code: 'ERR_SHAPE', message: /second frame/ })
  for (const value of [0, -1, NaN, Infinity]) {
    const both = [frame([1, 2]), frame([1, 3])] as const
    t.throws(() => measureSnr(...both, null, { airKermaMgy: value }), { code: 'ERR_OPTION', message: /airKermaMgy.*above 0/ })
    t.throws(() => measureSnr(...both, null, { basicSpatialResolutionUm: value }), {
      code: 'ERR_OPTION',
      message: /basicSpatialResolutionUm/
    })
  }
})

const PARTS = { electronic: 9, quantum: 0.1, fixed: 2.5e-5 }
const total = (signalDn: number): NoiseLevel => ({
  signalDn,
  varianceDn2: PARTS.electronic + PARTS.quantum * signalDn + PARTS.fixed * signalDn ** 2
})

t.test('decomposition: planted parts come back exactly, in any order, with their shares', async (t) => {
  for (const signals of [
    [0, 100, 1000, 4000],
    [4000, 100, 0, 1000],
    [10, 500, 3000]
  ]) {
    const result = decomposeNoise(signals.map(total))
    near(t, result.electronicNoiseDn, 3, 1e-9, 'electronic noise')
    near(t, result.quantumGainDn, 0.1, 1e-11, 'gain')
    near(t, result.fixedPatternPercent, 0.5, 1e-9, 'fixed pattern')
    t.strictSame(result.heldAtZero, [])
    t.equal(result.fixedPatternFloorDn, null)
  }
  const { levels, rSquared, largestDeviationPercent, reducedChiSquare, unknown } = decomposeNoise([0, 100, 1000, 4000].map(total))
  // At 4000 DN: 9 + 400 + 400 = 809.
  near(t, levels[3].quantumPercent, 40_000 / 809, 1e-8, 'share of the quanta')
  near(t, levels[3].fixedPatternPercent, 40_000 / 809, 1e-8, 'share of the pattern')
  near(t, levels[3].electronicPercent, 900 / 809, 1e-8, 'share of the electronics')
  near(t, levels[0].electronicPercent, 100, 1e-9, 'in the dark')
  near(t, rSquared, 1, 1e-12, 'R^2')
  near(t, largestDeviationPercent, 0, 1e-8, 'deviation')
  t.equal(reducedChiSquare, null)
  t.match(unknown, { reducedChiSquare: /degrees of freedom/, fixedPatternFloorDn: /counts as electronic/ })
})

t.test('decomposition: sampled variances give the parts within their errors, and a chi-square of 1', async (t) => {
  // Sample variances of n = 1e6 values: relative sd sqrt(2 / n) = 0.14 %.
  const normal = gaussianSource(21)
  const signals = [0, 50, 100, 200, 500, 1000, 2000, 4000, 8000, 12_000]
  const degreesOfFreedom = 1e6
  const levels = signals.map((signal) => {
    const level = total(signal)
    return { ...level, varianceDn2: level.varianceDn2 * (1 + Math.sqrt(2 / degreesOfFreedom) * normal()), degreesOfFreedom }
  })
  const result = decomposeNoise(levels)
  // The dark level alone settles e to 0.14 %; k and f, from the middle and the top, to about three times that; four sd each.
  near(t, result.electronicNoiseDn, 3, 3 * 0.0028, 'electronic noise')
  near(t, result.quantumGainDn, 0.1, 0.1 * 0.017, 'gain')
  near(t, result.fixedPatternPercent, 0.5, 0.5 * 0.0085, 'fixed pattern')
  // Ten levels less three parts: sd of chi^2 / 7 is sqrt(2 / 7) = 0.53.
  near(t, result.reducedChiSquare, 1, 2.2, 'chi-square')
  t.ok(result.largestDeviationPercent! < 0.6 && result.largestDeviationPercent! > 0)
})

t.test('decomposition: temporal and fixed-pattern variances are fitted apart, estimates below 0 included', async (t) => {
  const levels = [0, 500, 1000, 4000].map((signalDn) => ({
    signalDn,
    varianceDn2: 9 + 0.1 * signalDn,
    fixedPatternVarianceDn2: 4 + 1e-4 * signalDn ** 2
  }))
  const result = decomposeNoise(levels)
  near(t, result.electronicNoiseDn, 3, 1e-9, 'electronic noise')
  near(t, result.quantumGainDn, 0.1, 1e-11, 'gain')
  near(t, result.fixedPatternPercent, 1, 1e-9, 'fixed pattern')
  near(t, result.fixedPatternFloorDn, 2, 1e-8, 'floor of the fixed pattern')
  near(t, result.levels[0].fixedPatternPercent, 400 / 13, 1e-7, 'its share in the dark')
  near(t, result.levels[3].varianceDn2, 9 + 400 + 4 + 1600, 1e-9, 'both together')

  const below = decomposeNoise(
    levels.map((level) => ({ ...level, fixedPatternVarianceDn2: level.signalDn === 0 ? -0.01 : 1e-4 * level.signalDn ** 2 }))
  )
  near(t, below.fixedPatternPercent, 1, 0.001, 'with -0.01 DN^2 in the dark')
  t.strictSame(below.heldAtZero, ['fixedPatternFloor'])
  t.equal(below.fixedPatternFloorDn, 0)
})

t.test('decomposition: a part that the data would have below 0 is held at 0 and said so', async (t) => {
  // Poisson only: variance = 2 S; then 2 S - 1: the electronic part would be -1.
  const poisson = decomposeNoise([100, 200, 400, 800].map((signalDn) => ({ signalDn, varianceDn2: 2 * signalDn })))
  near(t, poisson.quantumGainDn, 2, 1e-9, 'gain')
  const below = decomposeNoise([1, 2, 4, 8].map((signalDn) => ({ signalDn, varianceDn2: 2 * signalDn - 1 })))
  t.ok(below.heldAtZero.includes('electronic'))
  t.equal(below.electronicNoiseDn, 0)
  const dark = decomposeNoise([-0.5, 10, 20].map((signalDn) => ({ signalDn, varianceDn2: 4 })))
  near(t, dark.levels[0].electronicPercent, 100, 1e-6, 'a signal a hair below 0')
})

t.test('decomposition: nulls with reasons, refusals', async (t) => {
  const few = decomposeNoise([total(1), total(1), total(2)])
  t.match(few, { electronicNoiseDn: null, levels: [], rSquared: null, unknown: { quantumGainDn: 'fewer than three different signals' } })
  t.match(decomposeNoise([]), { unknown: { electronicNoiseDn: 'fewer than three different signals' } })
  const still = decomposeNoise([1, 2, 3].map((signalDn) => ({ signalDn, varianceDn2: 0 })))
  t.match(still, { quantumGainDn: null, unknown: { quantumGainDn: 'no variance is above 0' } })
  const exact = decomposeNoise([0, 1000, 3000].map(total))
  t.match(exact, { rSquared: null, reducedChiSquare: null, largestDeviationPercent: null, unknown: { rSquared: /the fit is exact/ } })
  const noPattern = decomposeNoise([0, 1, 2].map((signalDn) => ({ signalDn, varianceDn2: 1, fixedPatternVarianceDn2: 0 })))
  t.equal(noPattern.fixedPatternPercent, 0)
  t.equal(noPattern.fixedPatternFloorDn, 0)

  const good = [total(1), total(2), total(3)]
  const wrong = (level: Partial<NoiseLevel>) => () => decomposeNoise([...good, { ...total(4), ...level }])
  t.throws(wrong({ signalDn: NaN }), { code: 'ERR_OPTION', message: /level 3, signalDn/ })
  t.throws(wrong({ varianceDn2: -1 }), { code: 'ERR_OPTION', message: /level 3, varianceDn2/ })
  t.throws(wrong({ varianceDn2: Infinity }), { code: 'ERR_OPTION', message: /level 3, varianceDn2/ })
  t.throws(wrong({ fixedPatternVarianceDn2: NaN }), { code: 'ERR_OPTION', message: /level 3, fixedPatternVarianceDn2/ })
  t.throws(wrong({ degreesOfFreedom: 0 }), { code: 'ERR_OPTION', message: /level 3, degreesOfFreedom/ })
  t.throws(wrong({ degreesOfFreedom: 10 }), { code: 'ERR_OPTION', message: /degreesOfFreedom at every level or at none, received 1 of 4/ })
  t.throws(wrong({ fixedPatternVarianceDn2: 1 }), { code: 'ERR_OPTION', message: /fixedPatternVarianceDn2 at every level/ })
})

t.test('non-negative least squares: the best of all choices, and none where columns are not independent', async (t) => {
  // y = 1 - x has no non-negative slope: the best constant of (1, 0, -1) is 0, of (2, 1, 0) is 1.
  const columns = [
    [1, 1, 1],
    [0, 1, 2]
  ]
  t.strictSame(fitNonNegative(columns, [2, 1, 0], [1, 1, 1]), { values: [1, 0], held: [false, true] })
  t.strictSame(fitNonNegative(columns, [-2, -1, -3], [1, 1, 1]), { values: [0, 0], held: [true, true] })
  // Weighted mean of 1 and 3 with weights 3 and 1: 1.5.
  t.strictSame(fitNonNegative([[1, 1]], [1, 3], [3, 1]), { values: [1.5], held: [false] })
  const twice = fitNonNegative(
    [
      [1, 2],
      [1, 2]
    ],
    [1, 2],
    [1, 1]
  )
  t.equal(twice.values[0] + twice.values[1], 1, 'one of two equal columns is enough')
})
