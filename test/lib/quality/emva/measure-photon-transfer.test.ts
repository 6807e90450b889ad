import t from 'tap'
import type { Test } from 'tap'
import { DEFECT_FLAGS } from '../../../../lib/maps/defect-flags.js'
import { fitLine, fitLineThroughOrigin } from '../../../../lib/quality/emva/fit-line.js'
import { levelFromPair } from '../../../../lib/quality/emva/level-from-pair.js'
import { measureDarkCurrent } from '../../../../lib/quality/emva/measure-dark-current.js'
import { measureLogHistogram } from '../../../../lib/quality/emva/measure-log-histogram.js'
import { measurePair } from '../../../../lib/quality/noise/measure-pair.js'
import { measurePhotonTransfer } from '../../../../lib/quality/emva/measure-photon-transfer.js'
import { createRandomState } from '../../../../lib/simulation/random/create-random-state.js'
import { sampleNormal } from '../../../../lib/simulation/random/sample-normal.js'
import { samplePoisson } from '../../../../lib/simulation/random/sample-poisson.js'
import { assertClose } from '../../../fixtures/assert-close.js'
import type { Shape } from '../../../../lib/frame/shape.js'
import type { PhotonTransferLevel } from '../../../../lib/quality/emva/measure-photon-transfer.js'

const near = (t: Test, received: number | null, expected: number, tolerance: number, message: string): void => {
  t.ok(received !== null && Math.abs(received - expected) <= tolerance, `${message}: ${received}, expected ${expected} +- ${tolerance}`)
}
const draw = (shape: Shape, value: (row: number, col: number) => number) => ({
  data: Float32Array.from({ length: shape[0] * shape[1] }, (_, i) => value(Math.floor(i / shape[1]), i % shape[1])),
  shape
})
const twin = (data: number[]) => ({ data: Uint16Array.from(data), shape: [1, data.length] as const })

t.test('two frames: the difference of the means is taken off, and unsigned pixels do not wrap', async (t) => {
  const shifted = measurePair(twin([10, 20, 500]), twin([11, 21, 501]), null)
  t.match(shifted, { meanDn: (530 + 533) / 6, varianceDn2: 0, uncorrectedVarianceDn2: 0.5, usedPixels: 3, unknown: {} })
  // Differences 1, -3, 2: squares 14 / 3 / 2; their mean is 0. A pattern that stands in both frames cancels.
  const pair = measurePair(twin([1011, 17, 502]), twin([1010, 20, 500]), null)
  near(t, pair.varianceDn2, 14 / 6, 1e-12, 'half the mean square')
  t.equal(pair.uncorrectedVarianceDn2, pair.varianceDn2)
  const defects = { data: Uint32Array.of(0, DEFECT_FLAGS.dead, 0), shape: [1, 3] as const }
  t.match(measurePair(twin([10, 9999, 500]), twin([11, 3, 501]), defects), {
    uncorrectedVarianceDn2: 0.5,
    usedPixels: 2,
    defectivePixels: 1
  })
  const floats = [Float32Array.of(1, NaN, 3), Float32Array.of(2, 2, Infinity)].map((data) => ({ data, shape: [1, 3] as const }))
  t.match(measurePair(floats[0], floats[1], null), { meanDn: 1.5, usedPixels: 1, nonFinitePixels: 2 })
  const none = measurePair(floats[0], floats[1], null, { region: { row: 0, col: 1, rows: 1, cols: 2 } })
  t.match(none, { meanDn: null, varianceDn2: null, usedPixels: 0, unknown: { uncorrectedVarianceDn2: 'no pixel is good in both frames' } })
  t.throws(() => measurePair(twin([1, 2]), twin([1]), null), {
    code: 'ERR_SHAPE',
    message: 'second frame: expected shape [1, 2], received [1, 1]'
  })
})

t.test('levels from pairs', async (t) => {
  const dark = measurePair(twin([1, 3]), twin([3, 5]), null)
  const pair = [twin([10, 20]), twin([13, 21])] as const
  t.strictSame(levelFromPair(pair, dark, null, { photons: 7, exposure: 2 }), {
    photons: 7,
    exposure: 2,
    meanDn: 16,
    meanDarkDn: 3,
    varianceDn2: 0.5,
    varianceDarkDn2: 0
  })
  t.match(levelFromPair(pair, [twin([1, 3]), twin([3, 5])], null, { frameMeanCorrection: false }), {
    photons: null,
    exposure: null,
    meanDn: 16,
    varianceDn2: 2.5,
    varianceDarkDn2: 2
  })
  const bad = { data: Uint32Array.of(DEFECT_FLAGS.dead, DEFECT_FLAGS.hot), shape: [1, 2] as const }
  t.throws(() => levelFromPair(pair, dark, bad), {
    code: 'ERR_STACK',
    message: 'bright pair: expected pixels that are good in both frames, received none'
  })
})

/** An ideal detector: QE 1/2, K 0.1 DN, dark 30 DN, 30 electrons, saturated from level 40 of 50 on. */
const ideal = Array.from({ length: 50 }, (_, i): PhotonTransferLevel => {
  const photons = 1000 * (i + 1)
  const electrons = 0.5 * Math.min(photons, 40_000)
  const noise = photons > 40_000 ? 0 : 0.01 * electrons
  return { photons, meanDn: 30 + 0.1 * electrons, meanDarkDn: 30, varianceDn2: noise + 9 + 1 / 12, varianceDarkDn2: 9 + 1 / 12 }
})

t.test('an ideal detector gives its parameters back', async (t) => {
  const result = measurePhotonTransfer([...ideal].reverse())
  const tolerance = (value: number) => 1e-9 * value
  const expected: [keyof typeof result, number][] = [
    ['systemGainDnPerElectron', 0.1],
    ['darkNoiseDn', 3],
    ['darkNoiseElectrons', 30],
    ['saturationDn', 2000],
    ['saturationElectrons', 20_000],
    ['saturationPhotons', 40_000],
    ['responsivityDnPerPhoton', 0.05],
    ['quantumEfficiencyPercent', 50],
    ['sensitivityThresholdElectrons', Math.sqrt(9 + 1 / 12) / 0.1 + 0.5],
    ['sensitivityThresholdPhotons', (Math.sqrt(9 + 1 / 12) / 0.1 + 0.5) / 0.5],
    ['dynamicRange', 20_000 / (Math.sqrt(9 + 1 / 12) / 0.1 + 0.5)],
    ['dynamicRangeDb', 20 * Math.log10(20_000 / (Math.sqrt(9 + 1 / 12) / 0.1 + 0.5))],
    ['snrMax', Math.sqrt(20_000)],
    ['snrMaxDb', 10 * Math.log10(20_000)]
  ]
  for (const [name, value] of expected) near(t, result[name] as number, value, tolerance(value), name)
  near(t, result.linearityErrorPercent, 0, 1e-10, 'linearity')
  // 70 % of 2000 DN is level 28; 5 to 95 % are levels 2 to 38.
  t.match(result, { levels: 50, gainLevels: 28, linearityLevels: 37, darkNoiseIsUpperBound: false, responsivityDnPerExposure: null })
  t.strictSame(result.unknown, { responsivityDnPerExposure: 'exposures are not known at every level' })
})

t.test('without photons the electrons come from K, and exposures serve for linearity', async (t) => {
  const exposed = ideal.map(({ photons, ...level }) => ({ ...level, photons: null, exposure: photons! / 2000 }))
  const result = measurePhotonTransfer(exposed)
  near(t, result.saturationElectrons, 20_000, 1e-6, 'electrons at saturation')
  near(t, result.responsivityDnPerExposure, 100, 1e-9, 'response')
  near(t, result.linearityErrorPercent, 0, 1e-10, 'linearity')
  t.match(result, {
    quantumEfficiencyPercent: null,
    saturationPhotons: null,
    sensitivityThresholdPhotons: null,
    responsivityDnPerPhoton: null
  })
  t.match(result.unknown, { quantumEfficiencyPercent: 'photons are not known at every level', saturationPhotons: /photons are not known/ })
  const bare = measurePhotonTransfer(ideal.map((level) => ({ ...level, photons: null })))
  near(t, bare.systemGainDnPerElectron, 0.1, 1e-12, 'K needs neither')
  t.match(bare, { linearityErrorPercent: null, linearityLevels: 0, unknown: { linearityErrorPercent: /neither photons nor exposures/ } })
})

t.test('where saturation was not reached its figures are null, unless it is known', async (t) => {
  const low = ideal.slice(0, 30)
  const result = measurePhotonTransfer(low)
  near(t, result.systemGainDnPerElectron, 0.1, 1e-12, 'K all the same')
  t.match(result, {
    saturationDn: null,
    saturationElectrons: null,
    saturationPhotons: null,
    dynamicRange: null,
    snrMax: null,
    gainLevels: 21
  })
  for (const name of ['saturationDn', 'saturationElectrons', 'saturationPhotons', 'dynamicRange', 'dynamicRangeDb', 'snrMax', 'snrMaxDb']) {
    t.match(result.unknown[name], /saturation was not reached/, name)
  }
  const told = measurePhotonTransfer(low, { saturationDn: 2000, darkVarianceDn2: 4 + 1 / 12 })
  near(t, told.saturationPhotons, 40_000, 1e-6, 'photons')
  near(t, told.saturationElectrons, 20_000, 1e-6, 'electrons')
  near(t, told.darkNoiseElectrons, 20, 1e-9, 'the dark variance that was given')
  t.equal(told.gainLevels, 28)
})

t.test('a dark variance below 0.24 DN^2 is an upper bound', async (t) => {
  const quiet = ideal.map((level) => ({ ...level, varianceDn2: level.varianceDn2 - 9, varianceDarkDn2: 1 / 12 }))
  const result = measurePhotonTransfer(quiet)
  t.equal(result.darkNoiseIsUpperBound, true)
  near(t, result.darkNoiseElectrons, Math.sqrt(0.24 - 1 / 12) / 0.1, 1e-9, 'sqrt(0.24 - 1/12) = 0.40 DN')
})

t.test('linearity error: residuals weighted by 1 / signal, deviations relative to the line', async (t) => {
  // A signal that bends by 2 %; the line by Cramer's rule on raw sums, weights 1 / y^2 of the squares.
  const levels = ideal
    .slice(0, 40)
    .map((level) => ({ ...level, meanDn: 30 + 0.05 * level.photons! * (1 - 0.02 * (level.photons! / 40_000) ** 3) }))
  const result = measurePhotonTransfer(levels, { saturationDn: 1960 })
  const used = levels.map(({ photons, meanDn }) => ({ x: photons! / 1000, y: meanDn - 30 })).filter(({ y }) => y >= 98 && y <= 1862)
  const sum = (value: (level: { x: number; y: number }) => number) => used.reduce((total, level) => total + value(level) / level.y ** 2, 0)
  const determinant = sum(() => 1) * sum(({ x }) => x * x) - sum(({ x }) => x) ** 2
  const intercept = (sum(({ y }) => y) * sum(({ x }) => x * x) - sum(({ x }) => x) * sum(({ x, y }) => x * y)) / determinant
  const slope = (sum(() => 1) * sum(({ x, y }) => x * y) - sum(({ x }) => x) * sum(({ y }) => y)) / determinant
  const deviations = used.map(({ x, y }) => 100 * (y / (intercept + slope * x) - 1))
  t.equal(result.linearityLevels, used.length)
  near(t, result.linearityErrorPercent, deviations.reduce((total, value) => total + Math.abs(value), 0) / used.length, 1e-8, 'mean')
  near(t, result.linearityMinimumPercent, Math.min(...deviations), 1e-8, 'minimum')
  near(t, result.linearityMaximumPercent, Math.max(...deviations), 1e-8, 'maximum')
})

t.test('lines: three levels, against the figures of another program', async (t) => {
  // Responses 900, 3800, 15800 to targets 1000, 4000, 16000: unweighted, and residuals weighted by 1 / response.
  const x = [900, 3800, 15800]
  const y = [1000, 4000, 16000]
  near(t, fitLine(x, y)!.slope, 1.00475402, 5e-9, 'slope')
  near(t, fitLine(x, y)!.intercept, 134.180866, 5e-7, 'intercept')
  near(
    t,
    fitLine(
      x,
      y,
      x.map((value) => 1 / value)
    )!.slope,
    1.0173206,
    5e-8,
    'weighted slope'
  )
  near(
    t,
    fitLine(
      x,
      y,
      x.map((value) => 1 / value)
    )!.intercept,
    86.562721,
    5e-7,
    'weighted intercept'
  )
  t.equal(fitLine([2, 2], [1, 3]), null)
  t.equal(fitLineThroughOrigin([0, 0], [1, 3]), null)
  t.equal(fitLineThroughOrigin([1, 2], [3, 6]), 3)
})

t.test('what cannot be told is null with the reason', async (t) => {
  const few = measurePhotonTransfer(ideal.slice(0, 2))
  t.match(few, {
    systemGainDnPerElectron: null,
    darkNoiseElectrons: null,
    sensitivityThresholdElectrons: null,
    linearityErrorPercent: null
  })
  t.match(few.unknown, {
    systemGainDnPerElectron: 'fewer than 3 levels within 70 % of saturation',
    darkNoiseElectrons: /fewer than 3 levels/,
    quantumEfficiencyPercent: /fewer than 3 levels/,
    linearityErrorPercent: 'fewer than 3 levels from 5 to 95 % of saturation'
  })
  near(t, few.darkNoiseDn, 3, 1e-12, 'the dark noise in DN needs no K')
  // Variance that falls, signal that does not rise, levels that all have one exposure.
  const falling = ideal.slice(0, 39).map((level) => ({ ...level, varianceDn2: 9 }))
  t.match(measurePhotonTransfer(falling, { saturationDn: 2000 }).unknown, {
    systemGainDnPerElectron: 'the variance does not rise with the signal',
    saturationElectrons: 'the variance does not rise with the signal',
    snrMax: /does not rise/
  })
  const dark = ideal.map((level) => ({ ...level, meanDn: 29 }))
  const sunk = measurePhotonTransfer(dark)
  t.match(sunk.unknown, { responsivityDnPerPhoton: 'the signal does not rise with the photons' })
  t.equal(sunk.linearityErrorPercent, null)
  t.match(sunk.unknown.quantumEfficiencyPercent, 'the signal does not rise with the photons')
  const still = measurePhotonTransfer(
    ideal.slice(0, 39).map((level) => ({ ...level, photons: 5 })),
    { saturationDn: 2000 }
  )
  t.match(still.unknown.linearityErrorPercent, 'all levels in the range have the same exposure')
})

t.test('refusals', async (t) => {
  const [level] = ideal
  t.throws(() => measurePhotonTransfer([]), { code: 'ERR_OPTION', message: 'levels: expected at least one, received none' })
  t.throws(() => measurePhotonTransfer([level, { ...level, meanDn: NaN }]), {
    code: 'ERR_OPTION',
    message: 'level 1, meanDn: expected a finite number, received NaN'
  })
  t.throws(() => measurePhotonTransfer([{ ...level, varianceDn2: -1 }]), {
    code: 'ERR_OPTION',
    message: 'level 0, varianceDn2: expected a finite number of at least 0, received -1'
  })
  t.throws(() => measurePhotonTransfer([{ ...level, photons: -1 }]), { code: 'ERR_OPTION', message: /photons/ })
  t.throws(() => measurePhotonTransfer([level], { saturationDn: 0 }), {
    code: 'ERR_OPTION',
    message: /"saturationDn": expected a finite number above 0/
  })
  t.throws(() => measureDarkCurrent([], { systemGain: -1 }), { code: 'ERR_OPTION', message: /"systemGain"/ })
  t.throws(() => measureDarkCurrent([{ exposureMs: -1, meanDn: 0, varianceDn2: 0 }]), {
    code: 'ERR_OPTION',
    message: /level 0, exposureMs/
  })
  t.throws(() => measureDarkCurrent([{ exposureMs: 1, meanDn: NaN, varianceDn2: 0 }]), {
    code: 'ERR_OPTION',
    message: /level 0, meanDn: expected a finite number, r/
  })
  const frame = draw([2, 2], () => 1)
  t.throws(() => measureLogHistogram(frame, null, { bins: 1 }), {
    code: 'ERR_OPTION',
    message: 'option "bins": expected a whole number from 2 to 65536, received 1'
  })
  t.throws(() => measureLogHistogram(frame, null, { unit: 'e-' as 'DN' }), { code: 'ERR_OPTION', message: /"unit"/ })
  t.throws(() => measureLogHistogram(frame, null, { model: 'x' as 'sd' }), { code: 'ERR_OPTION', message: /"model"/ })
  t.throws(() => measureLogHistogram(frame, null, { dark: draw([1, 2], () => 1) }), { code: 'ERR_SHAPE', message: /dark frame/ })
})

t.test('dark current from mean and variance: K once, and K squared', async (t) => {
  // K = 0.1, 200 electrons/s, read-out 30 electrons, offset 50 DN: mean 50 + 20 t, variance 9 + 2 t.
  const levels = [100, 500, 1000, 4000].map((exposureMs) => ({
    exposureMs,
    meanDn: 50 + 0.02 * exposureMs,
    varianceDn2: 9 + 0.002 * exposureMs
  }))
  const result = measureDarkCurrent(levels, { systemGain: 0.1 })
  near(t, result.meanSlopeDnPerS, 20, 1e-9, 'slope of the mean')
  near(t, result.meanInterceptDn, 50, 1e-9, 'offset')
  near(t, result.varianceSlopeDn2PerS, 2, 1e-9, 'slope of the variance')
  near(t, result.varianceInterceptDn2, 9, 1e-9, 'read-out noise')
  near(t, result.darkCurrentFromMeanDnPerS, 20, 1e-9, 'DN/s')
  near(t, result.darkCurrentFromMeanElectronsPerS, 200, 1e-9, 'electrons/s from the mean')
  near(t, result.darkCurrentFromVarianceElectronsPerS, 200, 1e-9, 'electrons/s from the variance')
  t.strictSame(result.unknown, {})
  t.match(measureDarkCurrent(levels).unknown, {
    darkCurrentFromMeanElectronsPerS: 'no system gain given',
    darkCurrentFromVarianceElectronsPerS: 'no system gain given'
  })
})

t.test('dark current: fewer than three times, and slopes below 0', async (t) => {
  const two = measureDarkCurrent(
    [10, 20, 20].map((exposureMs) => ({ exposureMs, meanDn: exposureMs, varianceDn2: exposureMs })),
    { systemGain: 1 }
  )
  t.equal(two.exposureTimes, 2)
  for (const name of ['meanSlopeDnPerS', 'varianceInterceptDn2', 'darkCurrentFromMeanDnPerS', 'darkCurrentFromVarianceElectronsPerS']) {
    t.match(two.unknown[name], '2 exposure times: at least 3 are needed', name)
  }
  // A detector that takes its own dark level off, and one whose noise sinks.
  const sinking = measureDarkCurrent(
    [10, 20, 30].map((exposureMs) => ({ exposureMs, meanDn: 9 - 0.002 * exposureMs, varianceDn2: 5 - 0.1 * exposureMs })),
    {
      systemGain: 1
    }
  )
  near(t, sinking.meanSlopeDnPerS, -2, 1e-9, 'with its sign')
  t.match(sinking, { darkCurrentFromMeanDnPerS: null, darkCurrentFromMeanElectronsPerS: null, darkCurrentFromVarianceElectronsPerS: null })
  t.match(sinking.unknown, {
    darkCurrentFromMeanDnPerS: 'the slope is negative: -2.00 DN/s',
    darkCurrentFromMeanElectronsPerS: /-2.00 DN\/s/,
    darkCurrentFromVarianceElectronsPerS: 'the slope is negative: -100 DN^2/s'
  })
})

t.test('K, dark noise and dark current of simulated Poisson frames, within their sampling errors', async (t) => {
  const state = createRandomState(9)
  const shape: Shape = [200, 250]
  const frame = (electrons: number) => draw(shape, () => 20 + 0.5 * (samplePoisson(state, electrons) + 8 * sampleNormal(state)))
  const dark = measurePair(frame(0), frame(0), null)
  const levels = [100, 200, 400, 800, 1600].map((n) => levelFromPair([frame(n), frame(n)], dark, null, { exposure: n }))
  const result = measurePhotonTransfer(levels, { saturationDn: 1500 })
  // Variance of a level: relative error sqrt(2 / 50000) = 0.63 %; the highest, of 0.25 * 1664 over 800 DN, weighs most: sqrt(sum x^2 s^2) / sum x^2 = 0.0026.
  near(t, result.systemGainDnPerElectron, 0.5, 0.0104, 'K')
  // The sd of the dark: 0.32 %, and that of K, 0.6 %; the floats are not rounded, so 1/12 DN^2 of 16 is taken off for nothing (0.26 %).
  near(t, result.darkNoiseElectrons, 8, 8 * 0.03, 'dark noise')
  const currents = [1, 2, 3, 4].map((seconds) => {
    const pair = measurePair(frame(300 * seconds), frame(300 * seconds), null)
    return { exposureMs: 1000 * seconds, meanDn: pair.meanDn!, varianceDn2: pair.varianceDn2! }
  })
  const current = measureDarkCurrent(currents, { systemGain: 0.5 })
  // Mean: sd sqrt(0.25 * 1264 / 1e5) = 0.056 DN at the last of four times, slope over sqrt(5): 0.025 DN/s = 0.05 electrons/s, four sd.
  near(t, current.darkCurrentFromMeanElectronsPerS, 300, 0.2, 'from the mean')
  // Variance: 0.63 % of at most 316 DN^2 = 2 DN^2, slope 0.9 DN^2/s = 3.6 electrons/s, four sd.
  near(t, current.darkCurrentFromVarianceElectronsPerS, 300, 14.4, 'from the variance')
})

t.test('a histogram by hand', async (t) => {
  const result = measureLogHistogram(
    draw([1, 4], (_, col) => 1 + col),
    null,
    { bins: 3 }
  )
  const sd = Math.sqrt(5 / 3)
  t.match(result, {
    meanDn: 2.5,
    minimum: -1.5,
    maximum: 1.5,
    binWidth: 1,
    counts: [1, 1, 2],
    deviations: [-1, 0, 1],
    usedPixels: 4,
    unit: 'DN'
  })
  t.match(result, { thresholds: [0, 0.75, 1.5], accumulatedPercent: [100, 50, 50] })
  near(t, result.sd, sd, 1e-12, 'sd')
  // 1.4826 times the median of 1.5, 0.5, 0.5, 1.5.
  near(t, result.robustSd, 1.4826022185056018, 1e-6, 'robust sd')
  near(t, result.modelCounts[1], 4 / (sd * Math.sqrt(2 * Math.PI)), 1e-9, 'model at 0')
  near(t, result.modelCounts[0], (4 * Math.exp(-0.3)) / (sd * Math.sqrt(2 * Math.PI)), 1e-9, 'model at -1: exp(-1 / (2 * 5/3))')
  t.equal(result.modelAccumulatedPercent[0], 100)
})

t.test('noise follows its Gaussian model; an outlier stands apart, in DN and in percent of the mean', async (t) => {
  const state = createRandomState(8)
  const noisy = draw([300, 400], () => 1000 + 10 * sampleNormal(state))
  const { counts, modelCounts, accumulatedPercent, modelAccumulatedPercent, thresholds } = measureLogHistogram(noisy, null, { bins: 64 })
  // Bins of 1.4 DN = 0.14 sd: the model at the centre of a bin is 1 + 0.14^2 / 24 off. Poisson: the largest of 64 below 4.5.
  const worst = Math.max(...counts.map((count, i) => Math.abs(count - modelCounts[i]) / Math.sqrt(modelCounts[i] + 1)))
  t.ok(worst < 4.5, `largest deviation ${worst.toFixed(2)} sd`)
  t.equal(
    counts.reduce((sum, count) => sum + count, 0),
    120_000
  )
  // Counts beyond a threshold: binomial sd of at most 0.15 %.
  assertClose(t, accumulatedPercent, modelAccumulatedPercent, 'accumulated', { absolute: 0.6 })
  // P(|z| > 1) = 31.7 %: known without our code.
  const one = thresholds.findIndex((x) => x >= 10)
  near(t, modelAccumulatedPercent[one], 31.73, 48 * (thresholds[one] / 10 - 1) + 0.2, 'erfc(1 / sqrt 2)')
  noisy.data[5000] = 1500
  const outlier = measureLogHistogram(noisy, null, { model: 'robust' })
  near(t, outlier.maximum, 500, 0.2, 'seen')
  near(t, outlier.robustSd, 10, 0.2, 'robust sd')
  t.equal(outlier.counts.at(-1), 1)
  t.equal(outlier.accumulatedPercent.at(-1), 100 / 120_000)
  t.ok(outlier.modelCounts.at(-1)! < 1e-100, 'no Gaussian reaches there')
  const bad = { data: new Uint32Array(120_000), shape: [300, 400] as const }
  bad.data[5000] = DEFECT_FLAGS.hot
  t.match(measureLogHistogram(noisy, bad), { usedPixels: 119_999, defectivePixels: 1 })
  // PRNU: bright less dark, high-pass, percent. A pixel 500 of 1000 off keeps 24/25 of that.
  const dark = draw([300, 400], (row, col) => 100 + ((row + col) % 7))
  const bright = { data: noisy.data.map((value, i) => value + dark.data[i]), shape: noisy.shape }
  const prnu = measureLogHistogram(bright, null, { dark, highPass: true, unit: '%' })
  near(t, prnu.meanDn, 1000, 0.2, 'mean of the difference')
  // The box and the pixel itself carry noise of 1 %; its own deviation is 50 % less 1/25 of it.
  near(t, prnu.maximum, 50 * 0.96, 1.5 * 3, 'in percent')
  near(t, prnu.robustSd, Math.sqrt(0.96), 0.02, 'white noise keeps 24/25')
  t.equal(prnu.usedPixels, 296 * 396)
})

t.test('histograms of nothing much', async (t) => {
  const flat = measureLogHistogram(
    draw([6, 6], () => 5),
    null
  )
  t.match(flat, {
    meanDn: 5,
    sd: 0,
    binWidth: 0,
    counts: [36],
    deviations: [0],
    modelCounts: [],
    unknown: { modelCounts: 'the spread is 0' }
  })
  t.equal(flat.accumulatedPercent[0], 100)
  const one = measureLogHistogram(
    draw([1, 1], () => 5),
    null
  )
  t.match(one, { sd: null, counts: [1], unknown: { sd: 'one good pixel has no spread' } })
  const small = measureLogHistogram(
    draw([4, 4], () => 5),
    null,
    { highPass: true }
  )
  t.match(small, { meanDn: 5, sd: null, counts: [], unknown: { counts: 'the region is too small for the 5 x 5 box' } })
  const negative = measureLogHistogram(
    draw([4, 4], () => -5),
    null,
    { unit: '%' }
  )
  t.match(negative, { meanDn: -5, counts: [], unknown: { counts: 'the mean is not above 0' } })
  const none = measureLogHistogram(
    draw([4, 4], () => NaN),
    null,
    { unit: '%' }
  )
  t.match(none, { usedPixels: 0, nonFinitePixels: 16, meanDn: null, unknown: { meanDn: 'no good pixel', counts: 'no good pixel' } })
})
