import t from 'tap'
import type { Test } from 'tap'
import ndarray from 'ndarray'
import { DEFECT_FLAGS } from '../../../../lib/maps/defect-flags.js'
import { createPowerSum } from '../../../../lib/quality/spectrum/create-power-sum.js'
import { LANES, createTransform } from '../../../../lib/quality/spectrum/create-transform.js'
import { measureNps } from '../../../../lib/quality/spectrum/measure-nps.js'
import { assertClose } from '../../../fixtures/assert-close.js'
import { gaussianSource } from '../../../fixtures/gaussian-source.js'
import type { Shape } from '../../../../lib/frame/shape.js'
import type { NpsPoint } from '../../../../lib/quality/spectrum/cut-spectrum.js'

const near = (t: Test, received: number | null, expected: number, tolerance: number, message: string): void => {
  t.ok(received !== null && Math.abs(received - expected) <= tolerance, `${message}: ${received}, expected ${expected} +- ${tolerance}`)
}
const draw = (shape: Shape, value: (row: number, col: number) => number) => ({
  data: Float32Array.from({ length: shape[0] * shape[1] }, (_, i) => value(Math.floor(i / shape[1]), i % shape[1])),
  shape
})
const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
const weightedMean = (points: readonly NpsPoint[]): number =>
  points.reduce((sum, { npsDn2Px2, samples }) => sum + npsDn2Px2 * samples, 0) / points.reduce((sum, { samples }) => sum + samples, 0)

const normal = gaussianSource(17)
/** White noise of 10 DN on 1000 DN: 1280 x 1280 pixels, 81 ROIs, 25 of them independent. */
const white = draw([1280, 1280], () => 1000 + 10 * normal())
const PITCH = [0.148, 0.148] as const
const whole = (shape: Shape) => ({ row: 0, col: 0, rows: shape[0], cols: shape[1] })
const wide = { pixelPitch: PITCH, region: whole(white.shape) }

/** |F|^2 of a square ROI by the definition, one sine and cosine a term; the turns are exact multiples of 1 / size. */
const powerOf = (roi: ArrayLike<number>, size: number): Float64Array =>
  Float64Array.from({ length: size * size }, (_, k) => {
    let re = 0
    let im = 0
    for (let i = 0; i < size * size; i++) {
      const turn = (Math.floor(k / size) * Math.floor(i / size) + (k % size) * (i % size)) % size
      re += roi[i] * Math.cos((2 * Math.PI * turn) / size)
      im -= roi[i] * Math.sin((2 * Math.PI * turn) / size)
    }
    return re * re + im * im
  })

t.test('eight transforms side by side are those of the definition, and keep the sum of squares', async (t) => {
  // 4^k and 2 x 4^k: the last stage is of radix 4 or 2. Errors of about log2(size) roundings of values up to sqrt(size) x 4.
  for (const size of [4, 8, 16, 32, 128, 256]) {
    const { re, im, order, run } = createTransform(size)
    for (const part of [re, im]) part.set(part.map(() => normal()))
    const before = [re.slice(), im.slice()]
    run()
    const expected = [new Float64Array(re.length), new Float64Array(im.length)]
    for (let place = 0; place < size; place++) {
      for (let i = 0; i < size; i++) {
        const angle = (-2 * Math.PI * ((order[place] * i) % size)) / size
        for (let lane = 0; lane < LANES; lane++) {
          const [x, y] = [before[0][LANES * i + lane], before[1][LANES * i + lane]]
          expected[0][LANES * place + lane] += x * Math.cos(angle) - y * Math.sin(angle)
          expected[1][LANES * place + lane] += x * Math.sin(angle) + y * Math.cos(angle)
        }
      }
    }
    assertClose(t, re, expected[0], `real parts of ${size}`, { absolute: 1e-12 })
    assertClose(t, im, expected[1], `imaginary parts of ${size}`, { absolute: 1e-12 })
    const squares = (parts: readonly Float64Array[]) =>
      parts.reduce((sum, part) => part.reduce((all, value) => all + value * value, sum), 0)
    near(t, squares([re, im]) / (size * squares(before)), 1, 1e-12, `Parseval of ${size}`)
    t.strictSame(
      [...order].sort((a, b) => a - b),
      Array.from({ length: size }, (_, k) => k),
      'each frequency once'
    )
  }
})

t.test('the sum of powers is that of the transform written out, for ROIs that share rows', async (t) => {
  // ROIs from rows 5 and 12 of 23 rows: the second keeps 9 rows of the first and takes 7, an odd number. Weights 2 and 0.5.
  const size = 16
  const pixels = Float64Array.from({ length: 30 * size }, () => normal())
  const sum = createPowerSum(size)
  const take = (row: number, count: number): void => {
    for (let at = 0; at < count; at++) {
      for (let col = 0; col < size; col++) (at % 2 ? sum.odd : sum.even)[8 * col + (at >> 1)] = pixels[(row + at) * size + col]
    }
    sum.takeRows(row, count)
  }
  take(5, 16)
  sum.addRoi(2)
  take(21, 7)
  sum.addRoi(0.5)
  const [first, second] = [5, 12].map((row) => powerOf(pixels.subarray(row * size), size))
  // Values to about 3000; float64 sums of 256 terms.
  assertClose(
    t,
    sum.total(),
    first.map((value, k) => 2 * value + 0.5 * second[k]),
    'twice the first and half the second',
    { absolute: 1e-9 }
  )
})

/** What the good values deviate from the terms that are fitted to them: each term is taken off orthogonal to those before, twice. */
const deviations = (values: Float64Array, terms: readonly Float64Array[]): Float64Array => {
  const left = values.slice()
  const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + value * b[i], 0)
  const takeOff = (from: Float64Array, unit: Float64Array): void => {
    const share = dot(from, unit)
    from.forEach((_, i) => (from[i] -= share * unit[i]))
  }
  const units: Float64Array[] = []
  for (const term of terms) {
    const unit = term.slice()
    for (const other of [...units, ...units]) takeOff(unit, other)
    const norm = Math.sqrt(dot(unit, unit))
    units.push(unit.map((value) => value / norm))
  }
  for (const unit of [...units, ...units]) takeOff(left, unit)
  return left
}

t.test('the formula of the standard written out, ROI by ROI and term by term: the same spectrum to 1e-12', async (t) => {
  const [rows, cols, size] = [43, 58, 16]
  const frame = draw([rows, cols], (row, col) => 100 + 0.2 * row - 0.01 * row * col + 10 * normal())
  const flags = new Uint32Array(rows * cols)
  for (let i = 7; i < flags.length; i += 101) flags[i] = DEFECT_FLAGS.dead
  const region = { row: 1, col: 3, rows: 41, cols: 54 }
  // Odd, more than half, one, the whole ROI: rows shared in every number, and in none.
  for (const [step, detrend] of [
    [7, 'surface'],
    [9, 'surface'],
    [16, 'surface'],
    [5, 'roi'],
    [8, 'mean']
  ] as const) {
    const starts = (first: number, length: number) => {
      const steps = Math.floor((length - size) / step)
      return Array.from({ length: steps + 1 }, (_, at) => first + Math.floor((length - size - steps * step) / 2) + at * step)
    }
    // Deviations of an area, row-major, 0 where a pixel is bad.
    const detrended = (area: typeof region): Float64Array => {
      const places = Array.from({ length: area.rows * area.cols }, (_, i) => [Math.floor(i / area.cols), i % area.cols])
      const at = ([y, x]: number[]) => (area.row + y) * cols + area.col + x
      const good = places.filter((place) => flags[at(place)] === 0)
      const powers =
        detrend === 'mean'
          ? [[0, 0]]
          : [
              [0, 0],
              [1, 0],
              [0, 1],
              [2, 0],
              [1, 1],
              [0, 2]
            ]
      const terms = powers.map(([p, q]) => Float64Array.from(good, ([y, x]) => x ** p * y ** q))
      const left = deviations(
        Float64Array.from(good, (place) => frame.data[at(place)]),
        terms
      )
      const out = new Float64Array(places.length)
      good.forEach(([y, x], k) => (out[y * area.cols + x] = left[k]))
      return out
    }
    const whole = detrended(region)
    const rois = starts(region.row, region.rows).flatMap((row) => starts(region.col, region.cols).map((col) => ({ row, col })))
    const power = new Float64Array(size * size)
    let variance = 0
    for (const { row, col } of rois) {
      const cut = Float64Array.from(
        { length: size * size },
        (_, i) => whole[(row - region.row + Math.floor(i / size)) * region.cols + col - region.col + (i % size)]
      )
      const roi = detrend === 'surface' ? cut : detrended({ row, col, rows: size, cols: size })
      const bad = roi.filter((_, i) => flags[(row + Math.floor(i / size)) * cols + col + (i % size)] !== 0).length
      powerOf(roi, size).forEach((value, k) => (power[k] += (value * 256) / (256 - bad)))
      variance += roi.reduce((sum, value) => sum + value * value, 0) / (256 - bad - { surface: 0, roi: 6, mean: 1 }[detrend])
    }
    const options = { roiSize: size, step, detrend, region, pixelPitch: [0.1, 0.2] as const, axisLines: 2 }
    const result = measureNps(frame, { data: flags, shape: frame.shape }, options)
    t.equal(result.rois, rois.length)
    const expected = Float64Array.from({ length: 256 }, (_, k) => {
      const [v, u] = [(Math.floor(k / 16) + 8) % 16, (k + 8) % 16]
      return (0.1 * 0.2 * power[v * 16 + u]) / (rois.length * 256)
    })
    // Values of 100 DN carry 1e-14, deviations of 10 DN so 1e-15 of themselves; sums of 256 of them, at worst in step: 3e-13.
    assertClose(t, result.spectrum!.data, expected, `${detrend}, step ${step}`, { absolute: 1e-12 * Math.max(...expected) })
    near(t, result.varianceDn2! / (variance / rois.length), 1, 1e-12, 'variance')
    const covered = new Set(rois.flatMap(({ row, col }) => Array.from({ length: 256 }, (_, i) => (row + (i >> 4)) * cols + col + (i % 16))))
    t.equal(result.usedPixels, [...covered].filter((i) => flags[i] === 0).length)
  }
})

t.test('white noise of 10 DN at 0.148 mm: 2.1904 DN^2 mm^2 everywhere, on an axis in 1/mm', async (t) => {
  const result = measureNps(white, null, wide)
  t.match(result, { rois: 81, roisRefused: 0, independentRois: 25, usedPixels: 1280 * 1280, frames: 1, filledPercent: 0, unknown: {} })
  for (const cut of [result.horizontal, result.vertical, result.radial]) {
    // Variance of all 1.6 million pixels: relative sd sqrt(2 / n) = 0.11 %; a cut rests on 1785 samples x 25 ROIs: 0.5 %. Four of them.
    near(t, weightedMean(cut) * 0.148 ** 2, 2.1904, 2.1904 * 0.02, 'mean of the cut')
    t.equal(cut.length, 25)
    // Rings stand at k x 0.02 / pitch, +- 0.01.
    t.ok(cut.every(({ frequencyPerMm }, k) => Math.abs(frequencyPerMm! * 0.148 - 0.02 * (k + 1)) <= 0.01))
    t.ok(cut.every(({ npsDn2Mm2, npsDn2Px2 }) => Math.abs(npsDn2Mm2! / (npsDn2Px2 * 0.148 ** 2) - 1) < 1e-12))
    t.ok(cut.every(({ frequencyPerMm, frequencyPerPixel }) => Math.abs(frequencyPerPixel / (frequencyPerMm! * 0.148) - 1) < 1e-12))
  }
  // 14 lines of 128 samples, mirror values once: 14 x 127 + 7 less those of the ring about 0 (u = 1, 2: v to 2 for 1, to 1 for 2).
  const counted = result.horizontal.reduce((sum, { samples }) => sum + samples, 0)
  t.equal(counted, 14 * 127 + 7 - 6)
  near(t, result.varianceDn2, 100, 0.45, 'variance')
  // Lines u = 0 and v = 0 are not part of the mean; the spectrum of the first ring is at k / 256.
  t.equal(result.spectrum!.unit, 'DN^2 mm^2')
  near(t, result.spectrum!.colFrequencies[129], 1 / (256 * 0.148), 1e-12, 'first frequency')
  near(t, result.spectrum!.rowFrequencies[0], -0.5 / 0.148, 1e-12, 'Nyquist')
  t.match(result.warnings, [/1638400 independent pixels: the standard asks for 4 million/])
})

t.test('Parseval: the spectrum holds the variance; detrending each ROI takes 6 of 65536', async (t) => {
  near(t, measureNps(white, null, wide).parsevalRatio, 1, 1e-12, 'surface')
  near(t, measureNps(white, null, { ...wide, detrend: 'roi' }).parsevalRatio, 0.999908, 5e-7, 'surface in each ROI')
  const mean = measureNps(white, null, { ...wide, detrend: 'mean' })
  near(t, mean.parsevalRatio, 1 - 1 / 65536, 1e-12, 'mean of each ROI')
  const { data } = mean.spectrum!
  const step = 1 / (256 * 0.148)
  near(t, data.reduce((sum, value) => sum + value, 0) * step * step, mean.integralDn2!, 1e-9, 'sum of NPS du dv')
})

t.test('detrending each ROI empties the lowest bins on the axes, and only those', async (t) => {
  // In the limit of many pixels x takes 3 / (pi k)^2 of bin k and x^2 45 / (pi k)^4 (their power in a sine): 0.234 is left at k = 1 and
  // 0.895 at k = 2; xy takes the product: 0.908 is left at (1, 1). The standard deviation of the mean of these is 1 / sqrt(25 x 2).
  const { data } = measureNps(white, null, { ...wide, detrend: 'roi' }).spectrum!
  const at = (v: number, u: number): number => data[(128 + v) * 256 + 128 + u] / 2.1904
  near(t, at(0, 0), 0, 1e-12, 'nothing at 0')
  near(t, (at(0, 1) + at(1, 0)) / 2, 0.234, 0.13, 'first bins on the axes')
  near(t, meanOf([3, 4, 5, 6, 7].flatMap((k) => [at(0, k), at(k, 0)])), 0.975, 0.26, 'the next ones')
  near(t, meanOf([at(1, 1), at(1, -1)]), 0.908, 0.52, 'off the axes')
  const kept = measureNps(white, null, wide).spectrum!.data
  t.ok(kept[128 * 256 + 128] / 2.1904 > 0.2, 'one surface for the whole keeps the means of the ROIs')
})

t.test('the scatter of the samples is 1 / sqrt(M), and the intervals hold 95 % of the points', async (t) => {
  // 25 ROIs side by side: each sample of the spectrum is the mean of 25 values of exponential distribution.
  const { spectrum, independentRois, rois } = measureNps(white, null, { ...wide, step: 256, detrend: 'mean' })
  t.equal(rois, 25)
  t.equal(independentRois, 25)
  const half = spectrum!.data.subarray(256 + 129 * 1, 128 * 256)
  const mean = half.reduce((sum, value) => sum + value, 0) / half.length
  const sd = Math.sqrt(half.reduce((sum, value) => sum + (value - mean) ** 2, 0) / half.length)
  // 32 000 samples: the ratio is known to about 1 / sqrt(2 x 32 000) = 0.4 %, more with the skewness: four times 0.5 %.
  near(t, sd / mean, 0.2, 0.004, 'relative sd')
  // 7 frames, overlapped ROIs: 3 cuts of 25 points. 95 % of 525, sd 5 where they were independent; neighbours hardly are not.
  let inside = 0
  let widest = 0
  for (let k = 0; k < 7; k++) {
    const { horizontal, vertical, radial } = measureNps(
      draw([640, 640], () => 10 * normal()),
      null,
      { detrend: 'mean' }
    )
    for (const {
      npsDn2Px2,
      confidence95Factors: [low, high]
    } of [...horizontal, ...vertical, ...radial]) {
      if (npsDn2Px2 * low <= 100 && npsDn2Px2 * high >= 100) inside++
      widest = Math.max(widest, high - low)
    }
  }
  t.ok(inside >= 475 && inside <= 520, `${inside} of 525 inside`)
  // 34 samples x 6.25 ROIs at the least: +-1.96 / sqrt(212) = 0.27 across.
  t.ok(widest > 0.2 && widest < 0.3, `widest interval ${widest}`)
})

t.test('intervals: a mean of n values is chi-square of 2n over 2n, and both ways to it agree', async (t) => {
  // One ROI of 16: 1 line on each side, 14 or 15 samples in all; chi-square table: 2 degrees 0.0506 and 7.378.
  const small = measureNps(
    draw([16, 16], () => normal()),
    null,
    { roiSize: 16, axisLines: 1 }
  )
  const single = small.horizontal.find(({ samples }) => samples === 2)!
  // 4 degrees: 0.4844 and 11.143.
  near(t, single.confidence95Factors[0], 4 / 11.1433, 1e-4, 'lower factor')
  near(t, single.confidence95Factors[1], 4 / 0.484419, 1e-4, 'upper factor')
  // Many degrees: +-1.96 sd of 1 / sqrt(n), to second order in it.
  const { confidence95Factors, samples } = measureNps(white, null, wide).radial[10]
  const sd = 1 / Math.sqrt(samples * 25)
  near(t, confidence95Factors[0], 1 - 1.96 * sd, 4 * sd * sd, 'lower factor of many')
  near(t, confidence95Factors[1], 1 + 1.96 * sd, 4 * sd * sd, 'upper factor of many')
})

t.test('mean of 2 pixels in x: cos^2(pi u p); in y the noise stays white', async (t) => {
  const source = Float64Array.from({ length: 1280 * 1281 }, () => 10 * normal())
  const frame = draw([1280, 1280], (row, col) => 1000 + (source[row * 1281 + col] + source[row * 1281 + col + 1]) / 2)
  const { horizontal, vertical, radial } = measureNps(frame, null, wide)
  for (const { frequencyPerPixel: u, npsDn2Px2, samples } of horizontal.filter(({ frequencyPerPixel }) => frequencyPerPixel <= 0.375)) {
    // Four standard errors 1 / sqrt(25 x samples) of at least 70 samples are 9.6 %.
    near(t, npsDn2Px2 / (100 * Math.cos(Math.PI * u) ** 2), 1, 4 / Math.sqrt(25 * samples), `u = ${u.toFixed(3)}`)
  }
  t.ok(horizontal[24].npsDn2Px2 < 1, 'next to nothing at Nyquist')
  // Beside the vertical axis u is at most 7 / 256: cos^2 = 0.9997 to 0.9926.
  near(t, weightedMean(vertical), 99.7, 2.1, 'vertical cut')
  // All directions at radius r: the mean of cos^2(pi r cos(a)) over the angle, 1/2 + J0(2 pi r) / 2; J0(pi / 2) = 0.4720.
  near(t, radial[12].npsDn2Px2, 73.6, 4, 'radial cut at about 0.26 / pixel')
})

t.test('2 x 2 binning doubles the pitch and halves white noise: the same NPS', async (t) => {
  const binned = draw([640, 640], (row, col) => {
    const at = 2 * row * 1280 + 2 * col
    return (white.data[at] + white.data[at + 1] + white.data[at + 1280] + white.data[at + 1281]) / 4
  })
  const result = measureNps(binned, null, { pixelPitch: [0.296, 0.296] })
  // 6.25 independent ROIs, 1785 samples: four standard errors are 3.8 %.
  near(t, weightedMean(result.horizontal) * 0.296 ** 2, 2.1904, 2.1904 * 0.038, 'horizontal')
  near(t, result.horizontal.at(-1)!.frequencyPerMm!, 0.5 / 0.296, 0.01 / 0.296, 'Nyquist of the binned panel')
  near(t, result.varianceDn2, 25, 0.25, 'variance')
})

t.test('repaired defects lower the power by p (1 - 1/8); with the defect map the noise comes back', async (t) => {
  // Lone defects on a grid of 8: p = 1/64, each replaced by the mean of its 8 neighbours.
  const data = white.data.slice()
  const flags = new Uint32Array(data.length)
  for (let row = 4; row < 1280; row += 8) {
    for (let col = 4; col < 1280; col += 8) {
      const i = row * 1280 + col
      flags[i] = DEFECT_FLAGS.dead
      data[i] =
        (white.data[i - 1281] +
          white.data[i - 1280] +
          white.data[i - 1279] +
          white.data[i - 1] +
          white.data[i + 1] +
          white.data[i + 1279] +
          white.data[i + 1280] +
          white.data[i + 1281]) /
        8
    }
  }
  const repaired = { data, shape: white.shape }
  const clean = measureNps(white, null, wide)
  const taken = measureNps(repaired, null, wide)
  // 25 600 pixels of variance 100 become 12.5: their own sampling error is sqrt(2 / 25 600) = 0.9 %, four times.
  near(t, (1 - taken.integralDn2! / clean.integralDn2!) * 64, 0.875, 0.875 * 0.04, 'p (1 - 1/8) of the power is gone')
  const defects = { data: flags, shape: white.shape }
  const found = measureNps(repaired, defects, wide)
  t.match(found, { defectivePixels: 25_600, usedPixels: 1280 * 1280 - 25_600, rois: 81, roisRefused: 0 })
  near(t, found.filledPercent, 100 / 64, 1e-9, 'filled')
  // Only the 1.6 % of pixels that are left out differ: 1.6 % of the power known to 0.9 %.
  near(t, found.integralDn2! / clean.integralDn2!, 1, 6e-4, 'the power is back')
  near(t, weightedMean(found.horizontal) / weightedMean(clean.horizontal), 1, 0.006, 'in the cut as well')
  near(t, found.parsevalRatio, 1, 1e-12, 'Parseval')
  const other = { data: data.map((value, i) => (flags[i] ? 65535 : value)), shape: white.shape }
  t.strictSame(measureNps(other, defects, wide), found, 'what stands in a defect never matters')
  const lost = { data: data.map((value, i) => (flags[i] ? NaN : value)), shape: white.shape }
  t.match(measureNps(lost, null, wide), { integralDn2: found.integralDn2, nonFinitePixels: 25_600, defectivePixels: 0 })
  for (const detrend of ['roi', 'mean'] as const) {
    near(t, measureNps(repaired, defects, { ...wide, detrend }).varianceDn2, clean.varianceDn2!, 0.1, `variance by ${detrend}`)
  }
})

t.test('a ROI with too many bad pixels is refused and counted; none left gives nulls with the reason', async (t) => {
  const flags = new Uint32Array(white.data.length)
  // A block of 40 x 40 in the first corner: 2.4 % of the first ROI, and of it alone.
  for (let row = 0; row < 40; row++) flags.fill(DEFECT_FLAGS.dead, row * 1280, row * 1280 + 40)
  const defects = { data: flags, shape: white.shape }
  const result = measureNps(white, defects, wide)
  t.match(result, { rois: 80, roisRefused: 1, filledPercent: 0, usedPixels: 1280 * 1280 - 128 * 128 })
  t.match(result.warnings.at(-1), /1 of 81 ROIs refused: more than 2 % of their pixels do not count/)
  t.equal(measureNps(white, defects, { ...wide, maximumBadShare: 0.03 }).roisRefused, 0)

  const all = { data: new Uint32Array(300 * 300).fill(DEFECT_FLAGS.dead), shape: [300, 300] as const }
  for (const detrend of ['surface', 'roi', 'mean'] as const) {
    const none = measureNps(
      draw([300, 300], () => 1),
      all,
      { detrend }
    )
    t.match(none, { rois: 0, roisRefused: 1, parsevalRatio: null, largeAreaSignalDn: null, spectrum: null, warnings: [] })
    t.match(none.unknown, { horizontal: 'each of the 1 ROIs has too many pixels that do not count', largeAreaSignalDn: 'no good pixel' })
    t.strictSame(none.horizontal, [])
  }
  // Two good rows settle no surface of second order, however many bad pixels are allowed.
  const rows = draw([16, 16], (row) => (row < 2 ? 1 : NaN))
  for (const detrend of ['surface', 'roi'] as const) {
    t.match(measureNps(rows, null, { roiSize: 16, detrend, maximumBadShare: 0.95 }), { rois: 0, roisRefused: 1 })
  }
})

t.test('an ideal counter: NNPS = p^2 / N', async (t) => {
  // Poisson of 10 000 quanta, as a normal; pitch 0.1 mm: 1e-6 mm^2. Gain 3 changes nothing.
  const frame = draw([640, 640], () => 3 * (10_000 + 100 * normal()))
  const { horizontal, largeAreaSignalDn } = measureNps(frame, null, { pixelPitch: [0.1, 0.1], roiSize: 128 })
  near(t, largeAreaSignalDn, 30_000, 2, 'signal')
  const nnps =
    horizontal.reduce((sum, { nnpsMm2, samples }) => sum + nnpsMm2! * samples, 0) /
    horizontal.reduce((sum, { samples }) => sum + samples, 0)
  // 25 independent ROIs x 889 samples: four standard errors are 2.7 %.
  near(t, nnps, 1e-6, 2.7e-8, 'NNPS')
  const halved = measureNps(frame, null, { pixelPitch: [0.1, 0.1], roiSize: 128, largeAreaSignalDn: 2 * largeAreaSignalDn! })
  near(t, halved.horizontal[3].nnpsMm2! / horizontal[3].nnpsMm2!, 0.25, 1e-12, 'twice the signal, a quarter')
})

t.test('shading of second order adds nothing, whichever way it is taken off; a frame without noise has none', async (t) => {
  const surface = (row: number, col: number) => 2000 + 0.3 * row - 0.2 * col - 2e-4 * (row - 300) ** 2 + 1e-4 * row * col
  const flat = draw([384, 512], surface)
  const noisy = draw([384, 512], (row, col) => surface(row, col) + 10 * normal())
  for (const detrend of ['surface', 'roi'] as const) {
    // float32 near 2000: rounding errors of variance (1.2e-4)^2 / 12 and less.
    t.ok(measureNps(flat, null, { detrend }).integralDn2! < 2e-9, detrend)
    // 393 216 / 2 pixels: four standard errors of the variance are 1.3 %.
    near(t, measureNps(noisy, null, { detrend }).integralDn2, 100, 1.3, detrend)
  }
  t.ok(measureNps(noisy, null, { detrend: 'mean' }).integralDn2! > 200, 'the mean alone leaves the shading')
  const still = measureNps(
    draw([256, 256], () => 7),
    null,
    { detrend: 'mean' }
  )
  t.match(still, { parsevalRatio: null, integralDn2: 0, unknown: { parsevalRatio: 'the pixels do not differ' } })
})

t.test('the two directions are told apart: rectangular pixels, transposed frames, a known wave', async (t) => {
  // A wave of amplitude 5 along x with 64 periods in 256 pixels: power 25 / 4 at (0, +-64) of the spectrum, sum of NPS du dv 12.5.
  const wave = draw([256, 320], (_, col) => 100 + 5 * Math.cos((2 * Math.PI * col) / 4))
  const { spectrum, integralDn2 } = measureNps(wave, null, { pixelPitch: [0.1, 0.2], step: 64, detrend: 'mean' })
  near(t, integralDn2, 12.5, 1e-5, 'a^2 / 2')
  t.strictSame(spectrum!.shape, [256, 256])
  const peak = spectrum!.data.indexOf(Math.max(...spectrum!.data))
  t.equal(Math.floor(peak / 256), 128)
  near(t, Math.abs(spectrum!.colFrequencies[peak % 256]), 1.25, 1e-9, '0.25 / pixel of 0.2 mm')
  near(t, spectrum!.data[peak] / (256 * 256 * 0.1 * 0.2), 6.25, 1e-4, 'half of the power on either side')
  near(t, spectrum!.rowFrequencies[0], -5, 1e-9, 'Nyquist between rows')

  const frame = draw([256, 384], (row, col) => 10 * normal() + (row % 2) * 3 + (col % 3))
  const turned = draw([384, 256], (row, col) => frame.data[col * 384 + row])
  const options = { roiSize: 128, pixelPitch: [0.1, 0.2] as const }
  const a = measureNps(frame, null, options)
  const b = measureNps(turned, null, { ...options, pixelPitch: [0.2, 0.1] })
  const values = (points: readonly NpsPoint[]) => points.map(({ npsDn2Mm2 }) => npsDn2Mm2!)
  const frequencies = (points: readonly NpsPoint[]) => points.map(({ frequencyPerMm }) => frequencyPerMm!)
  assertClose(t, values(b.vertical), values(a.horizontal), 'transposed: cuts change places', { relative: 1e-9 })
  assertClose(t, values(b.horizontal), values(a.vertical), 'and the other', { relative: 1e-9 })
  assertClose(t, values(b.radial), values(a.radial), 'radial', { relative: 1e-9 })
  assertClose(t, frequencies(b.vertical), frequencies(a.horizontal), 'frequencies', { relative: 1e-12 })
  t.ok(
    a.radial.every(({ frequencyPerMm }) => frequencyPerMm! <= 2.5 + 0.05),
    'radial to the lower Nyquist frequency'
  )
  // Half a period in a pixel of 0.1 or 0.2 mm, +- 0.01 of it.
  near(t, a.horizontal.at(-1)!.frequencyPerMm, 2.5, 0.05, 'Nyquist along the rows')
  near(t, a.vertical.at(-1)!.frequencyPerMm, 5, 0.1, 'Nyquist along the columns')
  const flipped = draw([256, 384], (row, col) => frame.data[(255 - row) * 384 + 383 - col])
  assertClose(t, values(measureNps(flipped, null, options).horizontal), values(a.horizontal), 'flipped', { relative: 1e-9 })
})

t.test('several frames are averaged, ndarrays and integers taken, ROIs centred', async (t) => {
  const frames = [1, 2, 3].map((gain) => draw([256, 256], () => 500 + 10 * gain * normal()))
  const each = frames.map((frame) => measureNps(frame, null).integralDn2!)
  const together = measureNps(frames, null)
  near(t, together.integralDn2, meanOf(each), 1e-9, 'mean of three')
  t.match(together, { frames: 3, rois: 3, independentRois: 3, usedPixels: 3 * 65536, warnings: [/independent/] })
  const view = ndarray(frames[1].data, [256, 256])
  t.strictSame(measureNps(view, null), measureNps(frames[1], null))
  const integers = { data: Uint16Array.from(frames[1].data), shape: [256, 256] as const }
  t.strictSame(measureNps(integers, null), measureNps({ ...integers, data: Float32Array.from(integers.data) }, null))

  // 125 mm at 0.5 mm are 250 pixels, in the middle of 300 x 280; one ROI of 128 with a step of 128, centred in it.
  const spot = draw([300, 280], (row, col) => (row >= 86 && row < 214 && col >= 76 && col < 204 ? 1 : NaN))
  const central = measureNps(spot, null, { pixelPitch: [0.5, 0.5], roiSize: 128, step: 128, detrend: 'mean' })
  t.match(central, { region: { row: 25, col: 15, rows: 250, cols: 250 }, rois: 1, roisRefused: 0, usedPixels: 128 * 128 })
  t.strictSame(measureNps(spot, null, { pixelPitch: [0.45, 1], roiSize: 64 }).region, { row: 11, col: 77, rows: 277, cols: 125 })
  t.strictSame(measureNps(spot, null, { roiSize: 64 }).region, { row: 0, col: 0, rows: 300, cols: 280 })
})

t.test('what the data cannot give is null, with the reason', async (t) => {
  const frame = draw([128, 128], () => normal() - 50)
  const noPitch = measureNps(frame, null, { roiSize: 64 })
  t.match(noPitch.horizontal[0], { frequencyPerMm: null, npsDn2Mm2: null, nnpsMm2: null })
  t.match(noPitch.unknown, { frequencyPerMm: 'the pixel pitch is unknown', npsDn2Mm2: /pitch/, nnpsMm2: /pitch/ })
  t.match(noPitch.spectrum, { unit: 'DN^2 px^2', frequencyUnit: '1/px' })
  near(t, noPitch.spectrum!.colFrequencies[0], -0.5, 0, 'Nyquist in 1/px')
  const negative = measureNps(frame, null, { roiSize: 64, pixelPitch: [0.1, 0.1] })
  t.equal(negative.horizontal[0].nnpsMm2, null)
  t.ok(negative.horizontal[0].npsDn2Mm2! > 0)
  t.strictSame(negative.unknown, { nnpsMm2: 'the large-area signal is not above 0' })
  t.equal(measureNps(frame, null, { roiSize: 64, pixelPitch: [0.1, 0.1], largeAreaSignalDn: 50 }).unknown.nnpsMm2, undefined)
  for (const shape of [
    [255, 600],
    [600, 255],
    [1, 1]
  ] as const) {
    const small = measureNps(
      draw(shape, () => 1),
      null
    )
    t.match(small, { rois: 0, roisRefused: 0, spectrum: null, varianceDn2: null, largeAreaSignalDn: 1, independentRois: 0, warnings: [] })
    t.match(small.unknown, { spectrum: `no ROI of 256 pixels a side fits into ${shape[0]} x ${shape[1]}` })
  }
})

t.test('refuses what is out of range by name', async (t) => {
  const frame = draw([64, 64], () => normal())
  const refuses = (options: object, message: RegExp) => t.throws(() => measureNps(frame, null, options), { code: 'ERR_OPTION', message })
  for (const roiSize of [0, 8, 100, 255, 4096, NaN]) refuses({ roiSize }, /"roiSize".*a power of two from 16 to 2048/)
  for (const step of [0, 65, 1.5, NaN]) refuses({ roiSize: 64, step }, /"step".*from 1 to 64/)
  for (const axisLines of [0, 32, 2.5]) refuses({ roiSize: 64, axisLines }, /"axisLines".*from 1 to 31/)
  for (const maximumBadShare of [-0.1, 1, NaN]) refuses({ maximumBadShare }, /"maximumBadShare"/)
  for (const side of [0, -1, NaN, Infinity]) refuses({ pixelPitch: [0.1, side] }, /"pixelPitch".*mm above 0/)
  for (const largeAreaSignalDn of [0, -5, NaN, Infinity]) refuses({ largeAreaSignalDn }, /"largeAreaSignalDn"/)
  refuses({ detrend: 'cubic' }, /"detrend".*"surface", "roi" or "mean".*cubic/)
  refuses({ roiSize: 16, region: { row: 0, col: 0, rows: 65, cols: 64 } }, /"region"/)
  t.throws(() => measureNps([], null), { code: 'ERR_OPTION', message: 'frames: expected at least one, received none' })
  t.throws(() => measureNps([frame, draw([64, 32], () => 1)], null, { roiSize: 16 }), { code: 'ERR_SHAPE', message: /^frame 1: / })
  t.throws(() => measureNps(frame, { data: new Uint32Array(4), shape: [2, 2] }), { code: 'ERR_SHAPE', message: /defect map/ })
  t.throws(() => measureNps({ data: frame.data, shape: [4096] as never }, null, { pixelPitch: [1, 1] }), { code: 'ERR_SHAPE' })
})
