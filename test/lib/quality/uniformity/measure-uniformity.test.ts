import t from 'tap'
import type { Test } from 'tap'
import ndarray from 'ndarray'
import { DEFECT_FLAGS } from '../../../../lib/maps/defect-flags.js'
import { measureNoise } from '../../../../lib/quality/noise/measure-noise.js'
import { measureUniformity } from '../../../../lib/quality/uniformity/measure-uniformity.js'
import { gaussianSource } from '../../../fixtures/gaussian-source.js'
import type { Shape } from '../../../../lib/frame/shape.js'

const draw = (shape: Shape, value: (row: number, col: number) => number) => ({
  data: Float32Array.from({ length: shape[0] * shape[1] }, (_, i) => value(Math.floor(i / shape[1]), i % shape[1])),
  shape
})
const near = (t: Test, received: number | null, expected: number, tolerance: number, message: string): void => {
  t.ok(received !== null && Math.abs(received - expected) <= tolerance, `${message}: ${received}, expected ${expected} +- ${tolerance}`)
}

t.test('four values by hand', async (t) => {
  // mean 5, deviations -3 -1 1 3: squares 20, ddof 1: sd = sqrt(20 / 3).
  const result = measureUniformity({ data: Uint16Array.of(2, 4, 6, 8), shape: [2, 2] }, null)
  t.equal(result.meanDn, 5)
  near(t, result.sdDn, Math.sqrt(20 / 3), 1e-12, 'sd')
  near(t, result.cvPercent, (100 * Math.sqrt(20 / 3)) / 5, 1e-12, 'cv')
  t.match(result, { minimumDn: 2, maximumDn: 8, usedPixels: 4, defectivePixels: 0, nonFinitePixels: 0, unknown: {} })
})

t.test('neither level, order nor one far value costs digits; equal pixels have no spread at all', async (t) => {
  // Rows of -1, 1, -1, 1 about levels that jump: squares 4 a row and those of the levels, all exact in float32.
  const levels = [0, 2 ** 20, -(2 ** 20), 2 ** 20, 0, 0]
  const jumps = draw([6, 4], (row, col) => levels[row] + (col % 2 === 0 ? -1 : 1))
  // Mean 2^20 / 6; squares 24 + 4 (3 x 2^40 - 2^40 / 6).
  near(t, measureUniformity(jumps, null).sdDn! / Math.sqrt((24 + (4 * 17 * 2 ** 40) / 6) / 23), 1, 1e-14, 'sd of jumping rows')
  near(t, measureUniformity(jumps, null).meanDn! / (2 ** 20 / 6), 1, 1e-14, 'mean of jumping rows')
  // One 0 before 4999 values of 2^22 - 1 and 5000 of 2^22 + 1: their sum is 9999 x 2^22 + 1.
  const far = draw([100, 100], (row, col) => (row + col === 0 ? 0 : 2 ** 22 + (col % 2 === 0 ? -1 : 1)))
  const n = 10_000
  const mean = (2 ** 22 * (n - 1) + 1) / n
  const squares = mean ** 2 + 4999 * (2 ** 22 - 1 - mean) ** 2 + 5000 * (2 ** 22 + 1 - mean) ** 2
  near(t, measureUniformity(far, null).sdDn! / Math.sqrt(squares / (n - 1)), 1, 1e-12, 'one far value')
  t.equal(
    measureUniformity(
      draw([30, 50], () => 7.1),
      null
    ).sdDn,
    0
  )
})

t.test('a ramp of +-a has a cv of a / sqrt 3, in either direction; noise about a surface leaves it out', async (t) => {
  // n equal steps from -a to a: variance a^2 (n + 1) / (3 (n - 1)), 0.1 % above a^2 / 3 at n = 2001.
  for (const shape of [
    [3, 2001],
    [2001, 3]
  ] as const) {
    const ramp = draw(shape, (row, col) => 1000 * (1 + 0.05 * ((shape[0] === 3 ? col : row) / 1000 - 1)))
    near(t, measureUniformity(ramp, null).cvPercent, 5 / Math.sqrt(3), 0.003, `ramp ${shape.join(' x ')}`)
    const noise = measureNoise(ramp, null)
    near(t, noise.shadingPercent, 5 / Math.sqrt(3), 0.003, 'all of it is shading')
    // float32 rounding of values near 1000 is at most 3e-5.
    t.ok(noise.detrendedNoiseDn! < 5e-5, `left: ${noise.detrendedNoiseDn}`)
  }
})

t.test('a quadratic fall-off 1 - e r^2 / 2 adds e sqrt(2 / 45)', async (t) => {
  // e = 3 %: 0.632 % of the mean 1 - e / 3; the grid of 401 points is 1 % denser at the edges than the integral.
  const { shadingPercent } = measureNoise(
    draw([401, 401], (r, c) => 1000 * (1 - 0.015 * ((r / 200 - 1) ** 2 + (c / 200 - 1) ** 2))),
    null
  )
  near(t, shadingPercent, 0.6325 / 0.99, 0.01, 'shading')
})

t.test('noise under shading is found within its sampling error', async (t) => {
  const normal = gaussianSource(7)
  const frame = draw([300, 400], (row, col) => 1000 + 0.2 * row - 0.1 * col + 3e-4 * row * col + 5 * normal())
  const { noiseDn, detrendedNoiseDn } = measureNoise(frame, null)
  // sigma / sqrt(2 N) = 0.0102; four of them.
  near(t, detrendedNoiseDn, 5, 0.041, 'detrended')
  t.ok(noiseDn! > 10, 'the plain sd holds the shading too')
})

t.test('bad pixels never count, whatever a repair put there; NaN is counted and left out', async (t) => {
  const shape = [40, 50] as const
  const normal = gaussianSource(3)
  const clean = draw(shape, () => 100 + normal())
  const flags = new Uint32Array(2000)
  const spoilt = { data: clean.data.slice(), shape }
  for (const [i, flag] of [
    [0, DEFECT_FLAGS.dead],
    [777, DEFECT_FLAGS.user],
    [1999, DEFECT_FLAGS.line]
  ] as const) {
    flags[i] = flag
    spoilt.data[i] = 65535
  }
  flags[5] = DEFECT_FLAGS.clusterKernel // informs only: a good pixel
  const defects = { data: flags, shape }
  const { unknown, ...figures } = measureUniformity(spoilt, defects)
  t.strictSame({ unknown, ...figures }, measureUniformity(clean, defects), 'the value of a bad pixel does not matter')
  t.equal(figures.usedPixels, 1997)
  t.equal(figures.defectivePixels, 3)
  spoilt.data[9] = NaN
  spoilt.data[10] = Infinity
  const result = measureUniformity(spoilt, defects)
  t.match(result, { usedPixels: 1995, nonFinitePixels: 2 })
  t.ok(Number.isFinite(result.cvPercent) && result.maximumDn! < 110)
  t.ok(Number.isFinite(measureNoise(spoilt, defects).detrendedNoiseDn))
  t.ok(measureUniformity(spoilt, null).maximumDn! > 60000, 'without a map every pixel counts')
})

t.test('a region, an ndarray view, other pixel types', async (t) => {
  const frame = draw([4, 5], (row, col) => 10 * row + col)
  const region = { row: 1, col: 2, rows: 2, cols: 3 }
  t.match(measureUniformity(frame, null, { region }), { meanDn: 18, minimumDn: 12, maximumDn: 24, usedPixels: 6 })
  const view = ndarray(frame.data, [4, 5]).hi(3, 5).lo(1, 2)
  t.match(measureUniformity(view, null), { meanDn: 18, minimumDn: 12, maximumDn: 24, usedPixels: 6 })
  t.match(measureUniformity({ data: Int32Array.of(-1, 1), shape: [1, 2] }, null), { meanDn: 0, cvPercent: null })
})

t.test('what the data cannot give is null with a reason', async (t) => {
  const all = { data: Uint32Array.of(2, 2), shape: [1, 2] as const }
  t.match(measureUniformity({ data: Float32Array.of(1, 2), shape: [1, 2] }, all), {
    meanDn: null,
    sdDn: null,
    cvPercent: null,
    usedPixels: 0,
    unknown: { cvPercent: 'no good pixel' }
  })
  t.match(measureUniformity({ data: Float32Array.of(7), shape: [1, 1] }, null), {
    meanDn: 7,
    sdDn: null,
    unknown: { sdDn: /one good pixel/ }
  })
  t.match(measureUniformity({ data: Float32Array.of(-1, 1), shape: [1, 2] }, null).unknown, { cvPercent: /mean is not above 0/ })
  t.match(measureNoise({ data: Float32Array.of(1, 2), shape: [1, 2] }, all).unknown, {
    meanDn: 'no good pixel',
    noiseDn: /fewer than two/,
    detrendedNoiseDn: /second-order surface/,
    shadingPercent: /second-order surface/
  })
  // Two rows do not settle y^2; a third does.
  t.equal(
    measureNoise(
      draw([2, 50], (r, c) => r + c),
      null
    ).detrendedNoiseDn,
    null
  )
  t.ok(
    measureNoise(
      draw([3, 50], (r, c) => r + c),
      null
    ).detrendedNoiseDn! < 1e-5
  )
  t.match(
    measureNoise(
      draw([5, 5], (r, c) => r - c - 100),
      null
    ).unknown,
    { shadingPercent: /mean is not above 0/ }
  )
})

t.test('wrong shapes and regions are refused', async (t) => {
  const frame = draw([4, 5], () => 1)
  t.throws(() => measureUniformity(frame, { data: new Uint32Array(20), shape: [5, 4] }), {
    code: 'ERR_SHAPE',
    message: 'defect map: expected shape [4, 5], received [5, 4]'
  })
  const regions = [
    [0, 0, 5, 5],
    [-1, 0, 1, 1],
    [0, 0.5, 1, 1],
    [0, 0, 0, 1]
  ].map(([row, col, rows, cols]) => ({ row, col, rows, cols }))
  for (const region of regions) {
    const message = /^option "region": expected whole rows and columns inside \[4, 5\]/
    t.throws(() => measureUniformity(frame, null, { region }), { code: 'ERR_OPTION', message })
  }
})
