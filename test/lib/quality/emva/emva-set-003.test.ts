import t from 'tap'
import type { Test } from 'tap'
import { createStackStatistics } from '../../../../lib/quality/emva/create-stack-statistics.js'
import { levelFromPair } from '../../../../lib/quality/emva/level-from-pair.js'
import { measureLogHistogram } from '../../../../lib/quality/emva/measure-log-histogram.js'
import { measureNonUniformity } from '../../../../lib/quality/emva/measure-non-uniformity.js'
import { measurePair } from '../../../../lib/quality/noise/measure-pair.js'
import { measurePhotonTransfer } from '../../../../lib/quality/emva/measure-photon-transfer.js'
import { createEmvaModel, EMVA_SET_003 } from '../../../fixtures/emva-model.js'
import type { EmvaModel } from '../../../fixtures/emva-model.js'

// The published simulation model of EMVA 1288 reference set 003, drawn anew at its stated parameters and measured with the formulas of release
// 4.0: 50 levels of two frames, two darks, 100 darks and 100 bright frames. All tolerances are four standard errors.

const { gain, meanDark, darkElectrons, quantumEfficiency, photonStep, brightPhotons, full, shape } = EMVA_SET_003
const PIXELS = shape[0] * shape[1]
const BEND = 0.02

const near = (t: Test, received: number | null, expected: number, tolerance: number, message: string): void => {
  const error = received === null ? 'null' : `${(((received - expected) / expected) * 100).toFixed(3)} %`
  t.ok(
    received !== null && Math.abs(received - expected) <= tolerance,
    `${message}: ${received}, expected ${expected} +- ${tolerance} (${error})`
  )
}
/** The bend of the signal and its slope, by hand: y (1 - b u^3) and 1 - 4 b u^3 with u = y / 4095. */
const bent = (level: number, bend: number) => level * (1 - bend * (level / full) ** 3)
const steepness = (level: number, bend: number) => 1 - 4 * bend * (level / full) ** 3
const populationVariance = (values: Float64Array) => {
  const centre = values.reduce((sum, value) => sum + value, 0) / values.length
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / values.length
}
const levelAt = (photons: number) => meanDark + gain * quantumEfficiency * photons

function photonTransfer(model: EmvaModel) {
  const dark = measurePair(model.render(0, 1), model.render(0, 2), null)
  const levels = Array.from({ length: 50 }, (_, i) => {
    const photons = photonStep * (i + 1)
    return levelFromPair([model.render(photons, 100 + 2 * i), model.render(photons, 101 + 2 * i)], dark, null, { photons })
  })
  return measurePhotonTransfer(levels)
}

/** Slope through the origin that the model itself gives on levels 1 to n: signal and variance after the bend, by error propagation. */
function expectedGain(n: number, bend: number, pixels: number) {
  let products = 0
  let squares = 0
  let spread = 0
  const dark = (gain * darkElectrons * steepness(meanDark, bend)) ** 2
  for (let i = 1; i <= n; i++) {
    const level = levelAt(photonStep * i)
    const signal = bent(level, bend) - bent(meanDark, bend)
    const variance = steepness(level, bend) ** 2 * (gain * (level - meanDark) + (gain * darkElectrons) ** 2)
    products += signal * (variance - dark)
    squares += signal * signal
    // Relative sd of a variance from pairs: sqrt(2 / pixels).
    spread += signal * signal * variance * variance * (2 / pixels)
  }
  return { slope: products / squares, error: Math.sqrt(spread) / squares }
}

t.test('without bend and fall-off, K, dark noise and QE come out within their sampling errors', async (t) => {
  // A quarter of the pixels, for time.
  const pixels = PIXELS / 4
  const result = photonTransfer(createEmvaModel(2, { bend: 0, fallOff: 0, dimPixels: 0, shape: [240, 320] }))
  const { slope, error } = expectedGain(result.gainLevels, 0, pixels)
  t.equal(slope.toFixed(12), gain.toFixed(12), 'the straight model has the slope K')
  near(t, result.systemGainDnPerElectron, gain, 4 * error, 'K')
  // The signal is exact to 1e-4; QE = R / K has the error of K.
  near(t, result.quantumEfficiencyPercent, 100 * quantumEfficiency, 4 * 100 * quantumEfficiency * (error / gain + 4e-5), 'QE')
  // Variance 9.08 DN^2 of one pair: sqrt(2 / pixels) = 0.51 %, half of that for the sd; and K.
  const darkError = 0.5 * Math.sqrt(2 / pixels) + error / gain
  near(t, result.darkNoiseElectrons, darkElectrons, 4 * darkElectrons * darkError, 'dark noise')
  // Rounding to whole DN and the pattern of the pixels leave the means within 0.02 DN, 1e-4 of the lowest level.
  near(t, 1 + result.linearityErrorPercent! / 100, 1, 2e-4, 'linear')
  // 12 bits end at 4095 - 29.4 DN above dark = 81312 photons, between levels 48 and 49; clipping begins two sd of 20 DN before.
  near(t, result.saturationPhotons, photonStep * 48, photonStep, 'saturation')
})

t.test('the published model: K, dark noise and saturation, and what its bend explains', async (t) => {
  const model = createEmvaModel(3, { bend: BEND, fallOff: 0.03, dimPixels: 100 })
  const result = photonTransfer(model)
  const { slope, error } = expectedGain(result.gainLevels, BEND, PIXELS)
  // The bend takes 2 * 8 % u^3 from the variance and 2 % u^3 from the signal: 14 % u^3 from their ratio, with u up to 0.7, weighted by u^2 in
  // the fit: 14 % * 0.343 / 2 = 2.4 % from K. The fall-off of the light (sd 0.6 %) enters in second order only, 0.01 %.
  near(t, slope, 0.976 * gain, 0.002 * gain, 'what the bend alone makes of K')
  near(t, result.systemGainDnPerElectron, slope, 4 * error + 2e-4 * slope, 'K')
  const darkError = 0.5 * Math.sqrt(2 / PIXELS) + error / gain
  const darkDn = gain * darkElectrons
  near(t, result.darkNoiseDn, darkDn, 4 * darkDn * 0.5 * Math.sqrt(2 / PIXELS), 'dark noise in DN')
  near(t, result.darkNoiseElectrons, (darkElectrons * gain) / slope, 4 * darkElectrons * darkError, 'in electrons, through K')
  // The bend of 2 % at full scale, over 5 to 95 %: deviations of a cubic from a line stay below 1 %, and are seen.
  t.ok(result.linearityErrorPercent! > 0.1 && result.linearityErrorPercent! < 1, `linearity error ${result.linearityErrorPercent} %`)
  t.ok(result.linearityMinimumPercent! < 0 && result.linearityMaximumPercent! > 0, 'to both sides')
  t.ok(result.saturationPhotons! >= photonStep * 45, `saturation at ${result.saturationPhotons} photons`)
})

t.test('the published model: DSNU and PRNU', async (t) => {
  const model = createEmvaModel(4, { bend: BEND, fallOff: 0.03, dimPixels: 100 })
  const dark = createStackStatistics(null)
  const bright = createStackStatistics(null)
  for (let k = 0; k < 100; k++) {
    dark.add(model.render(0, 1000 + k))
    bright.add(model.render(brightPhotons, 2000 + k))
  }
  const darkStack = dark.result()
  const brightStack = bright.result()
  const result = measureNonUniformity(darkStack, brightStack, null, { systemGain: gain })

  // Temporal variance: 9 DN^2 and 1/12 for rounding. Relative error of 99 degrees of freedom a pixel: sqrt(2 / (99 PIXELS)) = 0.026 %.
  const darkVariance = (gain * darkElectrons) ** 2 + 1 / 12
  near(t, result.darkTemporalVarianceDn2, darkVariance, 4 * 2.6e-4 * darkVariance, 'dark noise')

  // Closed form: 1.5^2 + 1.5^2 / 2 + 1.5^2 / 2 + 75 * 100 / 307200 = 4.5244 DN^2. Sampling: white 2.25 sqrt(2 / PIXELS) = 0.0057, white times
  // waves 2 sqrt(2.25 * 2.25 / PIXELS) = 0.0081, outliers 0.0022, temporal 2 sqrt(4.5 * 0.09 / PIXELS) = 0.0023: together 0.0105.
  near(t, result.dsnuTotalVarianceDn2, 4.5244, 4 * 0.0105, 'DSNU^2 in total, closed form')
  near(t, result.dsnuTotalVarianceDn2, populationVariance(model.darkPattern), 4 * 0.0023, 'and of the pattern that was drawn')
  near(t, result.dsnuTotalElectrons, Math.sqrt(4.5244) / gain, (4 * 0.0105) / (2 * Math.sqrt(4.5244)) / gain, 'in electrons')
  // Both waves are diagonal: line means hold white noise only, 2.27 / 480 for a column, while 4.52 of white pixels would leave 4.52 / 480:
  // the variances of columns and rows are below 0. Sampling error: 2.36 / 480 * sqrt(2 / 640) and 2.36 / 640 * sqrt(2 / 480). The
  // wave of 25 pixels does not fit the sides: its mean over n pixels has the amplitude 1.5 sin(0.04 pi n) / (n sin(0.04 pi)).
  const ends = (n: number) => ((1.5 * Math.sin(0.04 * Math.PI * n)) / (n * Math.sin(0.04 * Math.PI))) ** 2 / 2
  near(t, result.dsnuColumnVarianceDn2, (2.2744 - 4.5244) / 480 + ends(480), 4 * 2.8e-4, 'columns')
  near(t, result.dsnuRowVarianceDn2, (2.2744 - 4.5244) / 640 + ends(640), 4 * 2.4e-4, 'rows')
  t.match(result, { dsnuColumnDn: null, dsnuRowDn: null, dsnuRowElectrons: null })
  t.match(result.unknown, { dsnuColumnDn: /^the variance is -0.00/, dsnuRowDn: /^the variance is -0.00/ })

  // PRNU. The bend scales deviations at this level by its slope and the signal by its chord: 0.9904 / 0.9976 = 0.993 of the truth. The dark
  // pattern is scaled by the slope squared too: of the 4.52 DN^2 that are taken off, 1.9 % (0.09 DN^2) are too much.
  const level = levelAt(brightPhotons)
  const signal = bent(level, BEND) - bent(meanDark, BEND)
  const slope = steepness(level, BEND)
  const linear = gain * quantumEfficiency * brightPhotons
  const lost = (1 - slope ** 2) * 4.5244
  const expected = (variance: number) => variance * (linear * slope) ** 2 - lost
  const planted = populationVariance(model.response)
  // Sampling of the difference of two means with 208 / 100 DN^2 of noise each: cross term 2 sqrt(s^2 * 2.1 / PIXELS), and the curvature of the bend.
  const total = expected(planted)
  near(t, result.prnuTotalVarianceDn2, total, 8 * Math.sqrt((total * 2.2) / PIXELS) + 1e-3 * total, 'PRNU^2 in total')
  near(t, result.meanBrightDn! - result.meanDarkDn!, signal, 2e-4 * signal, 'signal')
  // Truth: 0.5 % white, dim pixels 100 / PIXELS * (0.3^2 / 3), fall-off 0.632 % over a mean of 0.99, all in all.
  const fallOff = ((0.03 / 0.99) ** 2 * 2) / 45
  const dim = (100 / PIXELS) * 0.03
  near(t, 100 * Math.sqrt(planted), 100 * Math.sqrt(0.005 ** 2 + dim + fallOff), 0.012, 'closed form of what was planted')
  near(
    t,
    result.prnuTotalPercent,
    (100 * Math.sqrt(0.005 ** 2 + dim + fallOff) * (slope * linear)) / signal,
    0.013,
    'PRNU in total: mostly light'
  )
  // The fall-off stands in rows and columns, half each; the rest is pixels: 0.5 % and the dim pixels.
  const half = (fallOff / 2) * (linear * slope) ** 2
  near(t, result.prnuColumnVarianceDn2, half, 0.02 * half, 'columns: light')
  near(t, result.prnuRowVarianceDn2, half, 0.02 * half, 'rows: light')
  const white = (0.005 ** 2 + dim) * (linear * slope) ** 2 - lost
  // White pixels 0.26 %; the dim ones (28 % of this) vary by their number and depth: sqrt(100) of 100, 9 %, together 2.6 %.
  near(t, result.prnuPixelVarianceDn2, white, 4 * 0.035 * white, 'pixels')
  // High-pass: the light is gone, pixels keep 24/25.
  near(t, result.highPassPrnuTotalVarianceDn2, 0.96 * result.prnuPixelVarianceDn2!, 0.01 * white, 'high-pass')
  t.ok(Math.abs(result.highPassPrnuColumnVarianceDn2!) < 0.002 * white, 'no columns are left')

  // The log histogram shows the dim pixels: beyond 5 robust sd where a Gaussian has 6e-7 of 307200.
  const histogram = measureLogHistogram({ data: brightStack.mean, shape }, null, {
    dark: { data: darkStack.mean, shape },
    highPass: true,
    unit: '%',
    model: 'robust'
  })
  // Robust sd of the white part: 0.5 % sqrt(0.96) and 0.07 % of noise, bent.
  near(t, histogram.robustSd, (Math.sqrt(0.96 * (0.5 ** 2 + 0.073 ** 2)) * (slope * linear)) / signal, 0.01, 'robust sd')
  const outliers = histogram.deviations.reduce((sum, x, i) => sum + (x < -5 * histogram.robustSd! ? histogram.counts[i] : 0), 0)
  // Of 100 pixels that lose 0 to 30 %, 92 lose more than 2.45 %; at the border a few are cut.
  t.ok(outliers > 75 && outliers <= 100, `${outliers} dim pixels`)

  // Outliers left out as defects: the injected 0.5 % comes back.
  const flags = new Uint32Array(PIXELS)
  for (let i = 0; i < PIXELS; i++) if (Math.abs(model.response[i] / (1 - 0.01) - 1) > 0.06) flags[i] = 2
  const clean = measureNonUniformity(darkStack, brightStack, { data: flags, shape })
  t.ok(clean.defectivePixels > 60, `${clean.defectivePixels} left out`)
  near(t, clean.prnuPixelPercent, (0.5 * slope * linear) / signal, 0.02, 'PRNU of the pixels')
})
