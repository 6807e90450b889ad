import t from 'tap'
import type { Test } from 'tap'
import { DEFECT_FLAGS } from '../../../../lib/maps/defect-flags.js'
import { createStackStatistics } from '../../../../lib/quality/emva/create-stack-statistics.js'
import { highPass } from '../../../../lib/quality/emva/high-pass.js'
import { measureNonUniformity } from '../../../../lib/quality/emva/measure-non-uniformity.js'
import { selectPixels } from '../../../../lib/quality/select-pixels.js'
import { createRandomState } from '../../../../lib/simulation/random/create-random-state.js'
import { sampleNormal } from '../../../../lib/simulation/random/sample-normal.js'
import { assertClose } from '../../../fixtures/assert-close.js'
import type { Region } from '../../../../lib/frame/region.js'
import type { Shape } from '../../../../lib/frame/shape.js'
import type { DefectMap } from '../../../../lib/maps/maps.js'
import type { StackStatistics } from '../../../../lib/quality/emva/create-stack-statistics.js'

type Draw = (row: number, col: number) => number
type Pixels = Float32Array | Uint16Array

const draw = (shape: Shape, value: Draw) => ({
  data: Float32Array.from({ length: shape[0] * shape[1] }, (_, i) => value(Math.floor(i / shape[1]), i % shape[1])),
  shape
})
const stackOf = (frames: readonly { data: Pixels; shape: Shape }[], defects: DefectMap | null = null, region?: Region): StackStatistics => {
  const statistics = createStackStatistics(defects, { region })
  for (const frame of frames) statistics.add(frame)
  return statistics.result()
}
const near = (t: Test, received: number | null, expected: number, tolerance: number, message: string): void => {
  t.ok(received !== null && Math.abs(received - expected) <= tolerance, `${message}: ${received}, expected ${expected} +- ${tolerance}`)
}
const deadAt = (shape: Shape, at: readonly number[]): DefectMap => {
  const data = new Uint32Array(shape[0] * shape[1])
  for (const i of at) data[i] = DEFECT_FLAGS.dead
  return { data, shape }
}
const noiseSource = (seed: number) => {
  const state = createRandomState(seed)
  return () => sampleNormal(state)
}
const meanSquare = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value * value, 0) / values.length
const populationVariance = (values: ArrayLike<number>) => {
  const centre = Array.from(values).reduce((sum, value) => sum + value, 0) / values.length
  return meanSquare(Array.from(values, (value) => value - centre))
}

t.test('the 3 x 4 frame in both conventions', async (t) => {
  // 100 + {-3, -1, 1, 3} by column + {-2, 0, 2} by row: squares sum to 92; column means have variance 5, row means 8/3.
  const frame = draw([3, 4], (row, col) => 100 + (2 * col - 3) + 2 * (row - 1))
  const stack = stackOf([frame, frame])
  // The standard: total with ddof 1. M = 3, N = 4, D = 5: pixel = 12/5 (92/11 - 5 - 8/3) = 92/55, column = 5 - pixel/3, row = 8/3 - pixel/4.
  const standard = measureNonUniformity(stack, null, null)
  near(t, standard.dsnuTotalVarianceDn2, 92 / 11, 1e-12, 'total')
  near(t, standard.dsnuPixelVarianceDn2, 92 / 55, 1e-12, 'pixel')
  near(t, standard.dsnuColumnVarianceDn2, 4.442424, 1e-6, 'column')
  near(t, standard.dsnuRowVarianceDn2, 2.248485, 1e-6, 'row')
  near(t, standard.dsnuTotalDn, Math.sqrt(92 / 11), 1e-12, 'the root')
  const population = measureNonUniformity(stack, null, null, { ddof: 0 })
  near(t, population.dsnuTotalVarianceDn2, 92 / 12, 1e-12, 'total, ddof 0')
  near(t, population.dsnuPixelVarianceDn2, 0, 1e-12, 'pixel, ddof 0')
  near(t, population.dsnuColumnVarianceDn2, 5, 1e-12, 'column, ddof 0')
  near(t, population.dsnuRowVarianceDn2, 8 / 3, 1e-12, 'row, ddof 0')
  t.match(standard, { usedPixels: 12, darkFrames: 2, brightFrames: 0, meanDarkDn: 100, darkTemporalVarianceDn2: 0, ddof: 1 })
  t.match(standard, { highPassDsnuTotalVarianceDn2: null, meanBrightDn: null, prnuTotalPercent: null, dsnuTotalElectrons: null })
  t.match(standard.unknown, {
    highPassDsnuTotalVarianceDn2: /too few good pixels/,
    prnuTotalVarianceDn2: 'no bright stack',
    highPassPrnuRowPercent: 'no bright stack',
    meanBrightDn: 'no bright stack',
    brightTemporalVarianceDn2: 'no bright stack',
    dsnuTotalElectrons: 'no system gain given'
  })
})

/** The formulas of EMVA 1288 release 4.0, literally, on a full rectangle: frames[l][m * N + n]. */
function literally(frames: readonly Float32Array[], M: number, N: number) {
  const L = frames.length
  const mean = frames[0].map((_, i) => frames.reduce((sum, frame) => sum + frame[i], 0) / L) as ArrayLike<number>
  const y = Array.from(mean)
  let sigma2 = 0
  for (let i = 0; i < M * N; i++) for (const frame of frames) sigma2 += (frame[i] - y[i]) ** 2 / (L - 1) / (M * N)
  const mu = y.reduce((sum, value) => sum + value, 0) / (M * N)
  const s2 = y.reduce((sum, value) => sum + (value - mu) ** 2, 0) / (M * N - 1) - sigma2 / L
  let cav = -sigma2 / (L * M)
  let rav = -sigma2 / (L * N)
  for (let n = 0; n < N; n++) cav += (y.filter((_, i) => i % N === n).reduce((sum, value) => sum + value, 0) / M - mu) ** 2 / N
  for (let m = 0; m < M; m++) rav += (y.slice(m * N, m * N + N).reduce((sum, value) => sum + value, 0) / N - mu) ** 2 / M
  const D = M * N - M - N
  return {
    sigma2,
    total: s2,
    pixel: ((M * N) / D) * (s2 - cav - rav),
    column: ((M * N - M) / D) * cav - (N / D) * (s2 - rav),
    row: ((M * N - N) / D) * rav - (M / D) * (s2 - cav)
  }
}

t.test('the formulas of the standard, written out slowly, on small noisy stacks; the parts sum to the total', async (t) => {
  const normal = noiseSource(1)
  for (const [M, N, L] of [
    [5, 7, 3],
    [7, 5, 2],
    [2, 3, 4],
    [6, 6, 5]
  ] as const) {
    const rows = Float64Array.from({ length: M }, normal)
    // Multiples of 1/64: means over 2 to 5 frames round by 6e-8 at most in float32.
    const frames = Array.from({ length: L }, () => draw([M, N], (row) => Math.round(64 * (rows[row] + normal())) / 64))
    const expected = literally(
      frames.map(({ data }) => data),
      M,
      N
    )
    const result = measureNonUniformity(stackOf(frames), null, null, { frameMeanCorrection: false })
    const received = [
      result.darkTemporalVarianceDn2,
      result.dsnuTotalVarianceDn2,
      result.dsnuPixelVarianceDn2,
      result.dsnuColumnVarianceDn2,
      result.dsnuRowVarianceDn2
    ] as number[]
    const { sigma2, total, pixel, column, row } = expected
    // Values near 3, float32 rounding 1.2e-7 each way; the parts amplify by at most MN / D = 6.
    assertClose(t, received, [sigma2, total, pixel, column, row], `${M} x ${N}, ${L} frames`, { absolute: 1e-5 })
    near(t, received[2] + received[3] + received[4], received[1], 1e-12, 'row + column + pixel = total')
  }
})

const SHAPE: Shape = [200, 300]

/** A pattern of rows, columns and pixels with the variances that it really has, and noisy frames of it. */
function plant(seed: number, frames: number, sd: { row: number; column: number; pixel: number; noise: number }) {
  const normal = noiseSource(seed)
  const rows = Float64Array.from({ length: SHAPE[0] }, () => sd.row * normal())
  const columns = Float64Array.from({ length: SHAPE[1] }, () => sd.column * normal())
  const pattern = draw(SHAPE, (row, col) => rows[row] + columns[col] + sd.pixel * normal())
  const stack = Array.from({ length: frames }, () => {
    const { data } = pattern
    return { data: data.map((value) => 1000 + value + sd.noise * normal()), shape: SHAPE }
  })
  return { rows, columns, stack }
}

t.test('planted rows, columns and pixels are recovered, with and without defects', async (t) => {
  const { rows, columns, stack } = plant(2, 8, { row: 0.7, column: 0.5, pixel: 1, noise: 2 })
  // Per pixel the mean frame has 1 + 4/8 = 1.5 DN^2. A row mean over 300: 0.005, so the cross term with the rows (0.49) has an sd of
  // 2 sqrt(0.49 * 0.005 / 200) = 0.007; columns likewise 2 sqrt(0.25 * 0.0075 / 300) = 0.005; pixels 1.5 sqrt(2 / 60000) = 0.0087. Four sd.
  const check = (t: Test, result: ReturnType<typeof measureNonUniformity>, message: string) => {
    near(t, result.dsnuRowVarianceDn2, populationVariance(rows), 0.028, `${message}: rows`)
    near(t, result.dsnuColumnVarianceDn2, populationVariance(columns), 0.02, `${message}: columns`)
    near(t, result.dsnuPixelVarianceDn2, 1, 0.035, `${message}: pixels`)
    const { dsnuRowVarianceDn2: row, dsnuColumnVarianceDn2: column, dsnuPixelVarianceDn2: pixel, dsnuTotalVarianceDn2: total } = result
    near(t, row! + column! + pixel!, total!, 1e-9, `${message}: sum`)
    // Of rows and columns 4/5 stay, of pixels 24/25; cross terms shrink with them, and differences of lines have lag correlations (1.3 times).
    near(t, result.highPassDsnuRowVarianceDn2! / 0.8, populationVariance(rows), 0.28 * 0.49, `${message}: rows, high-pass`)
    near(t, result.highPassDsnuColumnVarianceDn2! / 0.8, populationVariance(columns), 0.24 * 0.25, `${message}: columns, high-pass`)
    near(t, result.highPassDsnuPixelVarianceDn2! / 0.96, 1, 0.045, `${message}: pixels, high-pass`)
  }
  check(t, measureNonUniformity(stackOf(stack), null, null), 'all')
  // 10 % bad pixels, far off, one row and one column wholly bad: left out, figures stay (a line takes 0.1 / 200 of the rest along).
  const normal = noiseSource(3)
  const bad = Array.from({ length: 60000 }, (_, i) => i).filter((i) => normal() > 1.2816 || Math.floor(i / 300) === 17 || i % 300 === 40)
  const defects = deadAt(SHAPE, bad)
  for (const { data } of stack) for (const i of bad) data[i] = 60000
  const result = measureNonUniformity(stackOf(stack, defects), null, defects)
  check(t, result, 'with defects')
  t.equal(result.defectivePixels, bad.length)
  t.equal(result.usedPixels, 60000 - bad.length)
})

t.test('variances below 0 are given with their sign, their roots are null with the reason', async (t) => {
  // Two frames 100 + d and 100 - d: the mean is flat, the temporal variance 2 d^2, so the total is -mean(d^2), exactly.
  const d = draw([6, 8], (row, col) => ((row * 8 + col) % 4) - 1.5)
  const opposite = [1, -1].map((sign) => ({ data: d.data.map((value) => 100 + sign * value), shape: d.shape }))
  const result = measureNonUniformity(stackOf(opposite), null, null, { systemGain: 0.1 })
  near(t, result.dsnuTotalVarianceDn2, -1.25, 1e-12, '-mean(d^2)')
  t.equal(result.dsnuTotalDn, null)
  t.match(result.unknown, {
    dsnuTotalDn: 'the variance is -1.25 DN^2: the pattern is smaller than its sampling error',
    dsnuTotalElectrons: /-1.25 DN\^2/
  })
  t.notOk('dsnuTotalVarianceDn2' in result.unknown)
  // A diagonal wave of amplitude 3 has line means of 0: all of it is pixel, and rows and columns are -pixel/16.
  const wave = draw([16, 16], (row, col) => 100 + 3 * Math.cos((2 * Math.PI * (row + col)) / 8))
  const diagonal = measureNonUniformity(stackOf([wave, wave]), null, null)
  const total = 4.5 * (256 / 255)
  // float32 rounding near 100: 4e-6 a pixel.
  near(t, diagonal.dsnuTotalVarianceDn2, total, 1e-5, 'total')
  near(t, diagonal.dsnuRowVarianceDn2, -total / 14, 1e-5, 'row')
  near(t, diagonal.dsnuColumnVarianceDn2, -total / 14, 1e-5, 'column')
  t.equal(diagonal.dsnuRowDn, null)
  t.match(diagonal.unknown.dsnuColumnDn, /-0.323 DN\^2/)
  // A bright stack quieter than the dark one: the difference is negative, with its sign.
  const flat = draw([16, 16], () => 500)
  const prnu = measureNonUniformity(stackOf([wave, wave]), stackOf([flat, flat]), null)
  near(t, prnu.prnuTotalVarianceDn2, -total, 1e-5, 'bright less dark')
  t.equal(prnu.prnuTotalPercent, null)
  t.match(prnu.unknown.prnuTotalPercent, /the variance is -4.52 DN\^2/)
})

t.test('a level that drifts from frame to frame is no pattern and, corrected, no noise', async (t) => {
  const steps = [0, 5, -3, 8, -10, 2]
  const normal = noiseSource(4)
  // Whole DN, so that adding whole steps rounds nothing.
  const steady = steps.map(() => draw([40, 50], () => 1000 + Math.round(3 * normal())))
  const drifting = steady.map(({ data, shape }, l) => ({ data: data.map((value) => value + steps[l]), shape }))
  const a = stackOf(steady)
  const b = stackOf(drifting)
  const uncorrected = literally(
    drifting.map(({ data }) => data),
    40,
    50
  ).sigma2
  near(t, b.uncorrectedTemporalVarianceDn2, uncorrected, 1e-4, 'uncorrected, slowly')
  // Corrected: each frame brought to the mean of all, slowly.
  const levelled = drifting.map(({ data }) => {
    const mean = data.reduce((sum, value) => sum + value, 0) / data.length
    return Float32Array.from(data, (value) => value - mean)
  })
  near(t, b.temporalVarianceDn2, literally(levelled, 40, 50).sigma2, 1e-4, 'corrected, slowly')
  near(t, b.temporalVarianceDn2, a.temporalVarianceDn2!, 1e-5, 'the drift adds nothing')
  // Means of six whole numbers near 1000 round by 3e-5 in float32.
  const steadyPattern = measureNonUniformity(a, null, null).dsnuTotalVarianceDn2!
  const driftPattern = measureNonUniformity(b, null, null)
  near(t, driftPattern.dsnuTotalVarianceDn2, steadyPattern, 1e-4, 'and leaves the pattern alone')
  const plain = measureNonUniformity(b, null, null, { frameMeanCorrection: false })
  t.equal(plain.frameMeanCorrection, false)
  const means = b.frameMeansDn
  near(t, plain.dsnuTotalVarianceDn2, driftPattern.dsnuTotalVarianceDn2! - (populationVariance(means) * 6) / 5 / 6, 1e-9, 'uncorrected')
  near(t, plain.darkTemporalVarianceDn2, b.uncorrectedTemporalVarianceDn2!, 1e-9, 'the figure that was taken off')
})

t.test('shading counts in rows and columns; the high-pass leaves it out', async (t) => {
  const dark = draw([120, 160], () => 100)
  // A ramp of +-5 % along the columns: n equal steps have the variance a^2 (n + 1) / (3 (n - 1)).
  const ramp = draw([120, 160], (_, col) => 100 + 2000 * (1 + 0.05 * ((2 * col) / 159 - 1)))
  const result = measureNonUniformity(stackOf([dark, dark]), stackOf([ramp, ramp]), null)
  const variance = (100 ** 2 * 161) / (3 * 159)
  near(t, result.prnuColumnVarianceDn2, variance, 0.5, 'column')
  near(t, result.prnuColumnPercent, (100 * Math.sqrt(variance)) / 2000, 0.001, 'of the signal')
  near(t, result.prnuRowVarianceDn2, 0, 0.3, 'row')
  // float32 rounding at 2000 DN, 1.2e-4, is all that a 5 x 5 box finds in a ramp.
  near(t, result.highPassPrnuTotalVarianceDn2, 0, 1e-6, 'high-pass')
  // e = 3 % fall-off 1 - e r^2 / 2 on [-1, 1]^2: sd e sqrt(2 / 45), half of the variance by row, half by column.
  const axis = (at: number, n: number) => (2 * at) / (n - 1) - 1
  const falling = draw([120, 160], (row, col) => 100 + 2000 * (1 - 0.015 * (axis(row, 120) ** 2 + axis(col, 160) ** 2)))
  const quadratic = measureNonUniformity(stackOf([dark, dark]), stackOf([falling, falling]), null)
  // The mean signal is 2000 (1 - e / 3) = 1980; grids of 120 and 160 points are 3 % and 2 % denser at the edges.
  const expected = (100 * 0.03 * Math.sqrt(2 / 45) * 2000) / 1980
  near(t, quadratic.prnuTotalPercent, expected, 0.025 * expected, 'fall-off')
  near(t, quadratic.prnuRowVarianceDn2! / quadratic.prnuColumnVarianceDn2!, 1, 0.02, 'rows and columns alike')
})

t.test('variance at a high level, against two passes', async (t) => {
  // Level 30000, sd 2.6, 100 frames of whole DN: a sum of squares in float32 gives 248, one pass in float64 about the first frame 6.8.
  const normal = noiseSource(5)
  const frames = Array.from({ length: 100 }, () => Uint16Array.from({ length: 64 }, () => Math.round(30000 + 2.6 * normal())))
  const { mean, variance, frames: count } = stackOf(frames.map((data) => ({ data, shape: [8, 8] as const })))
  const means = frames[0].reduce<number[]>((all, _, i) => [...all, frames.reduce((sum, frame) => sum + frame[i], 0) / 100], [])
  const slow = means.map((centre, i) => frames.reduce((sum, frame) => sum + (frame[i] - centre) ** 2, 0) / 99)
  t.equal(count, 100)
  assertClose(t, mean, means, 'means', { relative: 6e-8 })
  assertClose(t, variance!, slow, 'variances', { relative: 1e-7 })
})

t.test('a value that is not finite leaves its pixel out, and moves nothing else', async (t) => {
  const normal = noiseSource(6)
  const frames = [0, 1, 2].map(() => draw([6, 7], () => 50 + Math.round(4 * normal())))
  const without = stackOf(frames, deadAt([6, 7], [10, 20, 30]))
  frames[0].data[10] = NaN
  frames[1].data[20] = Infinity
  frames[2].data[30] = -Infinity
  const stack = stackOf(frames)
  t.match(stack, { usedPixels: 39, defectivePixels: 0, nonFinitePixels: 3 })
  t.match(
    [10, 20, 30].map((i) => Number.isNaN(stack.mean[i])),
    [true, true, true]
  )
  t.equal(stack.meanDn, without.meanDn)
  near(t, stack.uncorrectedTemporalVarianceDn2, without.uncorrectedTemporalVarianceDn2!, 1e-12, 'variance')
  const result = measureNonUniformity(stack, null, null)
  t.match(result, { usedPixels: 39, nonFinitePixels: 3 })
  // In one stack only: left out of both.
  const other = stackOf([0, 1].map(() => draw([6, 7], () => 500)))
  const both = measureNonUniformity(stack, other, null)
  t.match(both, { usedPixels: 39, nonFinitePixels: 3 })
  t.ok(Number.isFinite(both.prnuTotalVarianceDn2))
})

t.test('a region and electrons: K once for a deviation, squared for a variance', async (t) => {
  const frame = draw([9, 12], (row, col) => (row < 3 && col >= 8 ? 100 + (2 * (col - 8) - 3) + 2 * (row - 1) : 9999))
  const region = { row: 0, col: 8, rows: 3, cols: 4 }
  const stack = stackOf([frame, frame], null, region)
  t.match(stack, { meanDn: 100, frameMeansDn: [100, 100], usedPixels: 12 })
  const result = measureNonUniformity(stack, null, null, { region, systemGain: 0.25 })
  near(t, result.dsnuTotalElectrons! ** 2, 92 / 11 / 0.25 ** 2, 1e-9, 'electrons^2 = DN^2 / K^2')
})

t.test('what cannot be told is null with the reason', async (t) => {
  const frame = draw([6, 8], (row, col) => row + col)
  const single = measureNonUniformity(stackOf([frame]), stackOf([frame]), null)
  t.match(single, { dsnuTotalVarianceDn2: null, prnuTotalVarianceDn2: null, meanDarkDn: 6, darkTemporalVarianceDn2: null })
  t.match(single.unknown, { dsnuTotalDn: /one frame has no temporal variance/, prnuPixelPercent: /one frame/ })
  t.match(stackOf([frame]), { variance: null, temporalVarianceDn2: null, unknown: { temporalVarianceDn2: /one frame/ } })
  const oneDark = measureNonUniformity(stackOf([frame]), stackOf([frame, frame]), null)
  t.match(oneDark.unknown.prnuTotalVarianceDn2, /one frame/)
  const same = measureNonUniformity(stackOf([frame, frame]), stackOf([frame, frame]), null)
  t.match(same, { prnuTotalVarianceDn2: 0, prnuTotalPercent: null, unknown: { prnuTotalPercent: /bright mean is not above/ } })
  const all = deadAt(
    [6, 8],
    Array.from({ length: 48 }, (_, i) => i)
  )
  const none = measureNonUniformity(stackOf([frame, frame], all), stackOf([frame, frame], all), all)
  t.match(none, { usedPixels: 0, meanDarkDn: null, unknown: { meanDarkDn: 'no good pixel', prnuTotalPercent: 'no good pixel' } })
  t.match(stackOf([frame, frame], all), { meanDn: null, unknown: { meanDn: 'no good pixel', temporalVarianceDn2: 'no good pixel' } })
  // Two by two has a total, but nothing to part it by.
  const small = measureNonUniformity(stackOf([frame, frame]), null, null, { region: { row: 0, col: 0, rows: 2, cols: 2 } })
  t.match(small, { dsnuPixelVarianceDn2: null, unknown: { dsnuPixelDn: /too few good pixels/ } })
  near(t, small.dsnuTotalVarianceDn2, 2 / 3, 1e-12, 'total of 0 1 1 2')
  const one = measureNonUniformity(stackOf([frame, frame]), null, null, { region: { row: 1, col: 2, rows: 1, cols: 1 } })
  t.match(one, { meanDarkDn: 3, dsnuTotalVarianceDn2: null, unknown: { dsnuTotalVarianceDn2: /too few good pixels/ } })
})

t.test('the high-pass against a slow box, with defects', async (t) => {
  const normal = noiseSource(9)
  const shape: Shape = [11, 13]
  const frame = draw(shape, (row, col) => 1000 + 7 * row + Math.round(64 * normal()) / 64 + col)
  const bad = [0, 15, 16, 17, 40, 41, 70, 100, 142]
  const defects = deadAt(shape, bad)
  const { selection, factors } = highPass(selectPixels('frame', frame, defects))
  const expected: number[] = []
  const received: number[] = []
  let inverse = 0
  for (let row = 2; row < 9; row++) {
    for (let col = 2; col < 11; col++) {
      const i = row * 13 + col
      if (bad.includes(i)) continue
      const box = Array.from({ length: 25 }, (_, k) => i + (Math.floor(k / 5) - 2) * 13 + (k % 5) - 2).filter((at) => !bad.includes(at))
      expected.push(frame.data[i] - box.reduce((sum, at) => sum + frame.data[at], 0) / box.length)
      received.push(selection.data[i])
      inverse += 1 / box.length
    }
  }
  assertClose(t, received, expected, 'deviations', { absolute: 2e-6 })
  near(t, factors.pixel, 1 - inverse / expected.length, 1e-12, 'what is left of white noise')
  t.match(selection, { region: { row: 2, col: 2, rows: 7, cols: 9 }, counts: { usedPixels: 60, defectivePixels: 3 } })
})

t.test('refusals', async (t) => {
  const frame = draw([6, 8], () => 1)
  const stack = stackOf([frame, frame])
  t.throws(() => createStackStatistics(null).result(), { code: 'ERR_STACK', message: 'stack: expected at least one frame, received none' })
  t.throws(() => stackOf([frame, draw([8, 6], () => 1)]), { code: 'ERR_SHAPE', message: 'frame: expected shape [6, 8], received [8, 6]' })
  t.throws(() => measureNonUniformity(stack, stackOf([draw([8, 6], () => 1)]), null), { code: 'ERR_SHAPE', message: /mean bright frame/ })
  t.throws(() => measureNonUniformity(stack, null, null, { ddof: 2 as 1 }), {
    code: 'ERR_OPTION',
    message: 'option "ddof": expected 0 or 1, received 2'
  })
  t.throws(() => measureNonUniformity(stack, null, null, { systemGain: 0 }), { code: 'ERR_OPTION', message: /"systemGain"/ })
})
