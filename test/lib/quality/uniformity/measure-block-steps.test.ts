import t from 'tap'
import type { Test } from 'tap'
import { DEFECT_FLAGS } from '../../../../lib/maps/defect-flags.js'
import { measureBlockSteps } from '../../../../lib/quality/uniformity/measure-block-steps.js'
import { gaussianSource } from '../../../fixtures/gaussian-source.js'
import type { Shape } from '../../../../lib/frame/shape.js'

const shape: Shape = [200, 256]
const make = (value: (row: number, col: number) => number, [rows, cols]: Shape = shape) => ({
  data: Float32Array.from({ length: rows * cols }, (_, i) => value(Math.floor(i / cols), i % cols)),
  shape: [rows, cols] as Shape
})
const near = (t: Test, received: number | null, expected: number, tolerance: number, message: string): void => {
  t.ok(received !== null && Math.abs(received - expected) <= tolerance, `${message}: ${received}, expected ${expected} +- ${tolerance}`)
}
/** Levels of the blocks of 64 columns in the upper and lower half; the mean is 1000. */
const LEVELS = [
  [1000, 1002, 1001, 1001],
  [999, 999, 999, 999]
]
const block = (row: number, col: number): number => LEVELS[row < 100 ? 0 : 1][col >> 6]

t.test('planted levels of 2 x 4 blocks: every border has its difference, exactly', async (t) => {
  // A checkerboard of +-8 gives the pixels noise and the same sum to every even number of rows.
  const frame = make((row, col) => block(row, col) + ((row + col) % 2 ? 8 : -8))
  const result = measureBlockSteps(frame, null, { chipColumns: 64, midline: true })
  t.strictSame(
    result.borders.map(({ kind, position, from, length, pairs, stepDn }) => [kind, position, from, length, pairs, stepDn]),
    [
      ['column', 64, 0, 100, 100, 2],
      ['column', 128, 0, 100, 100, -1],
      ['column', 192, 0, 100, 100, 0],
      ['column', 64, 100, 100, 100, 0],
      ['column', 128, 100, 100, 100, 0],
      ['column', 192, 100, 100, 100, 0],
      ['row', 100, 0, 64, 64, -1],
      ['row', 100, 64, 64, 64, -3],
      ['row', 100, 128, 64, 64, -2],
      ['row', 100, 192, 64, 64, -2]
    ]
  )
  // Differences of neighbours are +-16, their MAD 16: sigma = 1.4826 * 16 / sqrt 2.
  const sigma = (1.4826022185056018 * 16) / Math.SQRT2
  near(t, result.pixelNoiseDn, sigma, 1e-4, 'sigma')
  t.same([result.worst!.kind, result.worst!.position, result.worst!.from], ['row', 100, 64])
  near(t, result.worst!.z, -3 / (sigma * Math.sqrt(2 / 64)), 1e-5, 'z')
  near(t, result.borders[0].standardErrorDn, sigma * Math.sqrt(2 / 100), 1e-5, 'se')
  near(t, result.borders[0].stepPercent, 200 / result.meanDn!, 1e-9, 'percent')
  t.same([result.innerColumnStepDn, result.innerRowStepDn], [0, 0])
  t.strictSame(result.unknown, {})
  const chips = measureBlockSteps(frame, null, { chipColumns: [64, 64, 64, 64], midline: 100 })
  t.strictSame(chips, result, 'widths one by one')
})

t.test('white noise: steps are 0 within their standard error, and a step of five of them is found', async (t) => {
  const normal = gaussianSource(3)
  const noise = Float64Array.from({ length: 51200 }, () => 10 * normal())
  // se = 10 sqrt(2 / 200) = 1.
  const result = measureBlockSteps(
    make((row, col) => 1000 + noise[row * 256 + col]),
    null,
    { chipColumns: 32 }
  )
  t.equal(result.borders.length, 7)
  // 51 000 differences, of which each pixel takes part in two: se of the robust sd about 0.6 %.
  near(t, result.pixelNoiseDn, 10, 0.24, 'sigma')
  const squares = result.borders.reduce((sum, step) => sum + step.z! ** 2, 0)
  // Chi-square of 7 degrees: 0.01 % quantiles 0.22 and 29.9.
  t.ok(squares > 0.22 && squares < 29.9, `sum of z^2 ${squares}`)
  // 248 inner steps of variance 1, neighbours anticorrelated: se of the mean square sqrt(3 / 248) = 11 %.
  near(t, result.innerColumnStepDn, 1, 0.22, 'inner columns')
  // Rows: 10 sqrt(2 / 256) = 0.884, 199 of them.
  near(t, result.innerRowStepDn, 0.884, 0.22, 'inner rows')
  const stepped = measureBlockSteps(
    make((row, col) => 1000 + noise[row * 256 + col] + (col >= 160 ? 8 : 0)),
    null,
    { chipColumns: 32 }
  )
  t.equal(stepped.worst!.position, 160)
  near(t, stepped.worst!.stepDn! - result.borders[4].stepDn!, 8, 1e-4, 'the planted step')
})

t.test('defects, what is not finite, and what lies outside the region never count', async (t) => {
  const frame = make((row, col) => block(row, col) + ((row + col) % 2 ? 8 : -8))
  const defects = { data: new Uint32Array(51200), shape }
  for (let row = 0; row < 50; row++) {
    frame.data[row * 256 + 63] = 60000
    defects.data[row * 256 + 63] = DEFECT_FLAGS.dead
  }
  frame.data[70 * 256 + 64] = NaN
  frame.data[71 * 256 + 64] = Infinity
  const result = measureBlockSteps(frame, defects, { chipColumns: 64 })
  t.same([result.borders[0].pairs, result.defectivePixels, result.nonFinitePixels], [148, 50, 2])
  // Rows 50 to 199 but 70 and 71: 48 rows of +2, 100 of 0; the checkerboard cancels.
  near(t, result.borders[0].stepDn, (48 * 2) / 148, 1e-12, 'step of the good pairs')
  const part = measureBlockSteps(frame, defects, { chipColumns: 64, midline: true, region: { row: 90, col: 100, rows: 20, cols: 60 } })
  t.strictSame(
    part.borders.map(({ kind, position, from, length, stepDn }) => [kind, position, from, length, stepDn]),
    [
      ['column', 128, 90, 10, -1],
      ['column', 128, 100, 10, 0],
      ['row', 100, 100, 28, -3],
      ['row', 100, 128, 32, -2]
    ]
  )
  const above = measureBlockSteps(frame, defects, { midline: true, region: { row: 0, col: 0, rows: 100, cols: 256 } })
  t.strictSame([above.borders, above.worst, above.unknown.worst], [[], null, 'no border of two blocks: give chipColumns or midline'])
})

t.test('narrow, flat, empty: null with a reason', async (t) => {
  const flat = measureBlockSteps(
    make(() => 5, [4, 6]),
    null,
    { chipColumns: 4 }
  )
  t.same([flat.borders[0].stepDn, flat.borders[0].z, flat.pixelNoiseDn], [0, null, 0])
  t.equal(flat.unknown.worst, 'the noise of the pixels is 0 or unknown')
  const below = measureBlockSteps(
    make((_, col) => -(col % 2), [4, 6]),
    null,
    { chipColumns: 3 }
  )
  t.equal(below.borders[0].stepPercent, null, 'no percent of a mean below 0')
  const noFrame = measureBlockSteps(
    make(() => NaN, [4, 6]),
    null,
    { chipColumns: 3, midline: 2 }
  )
  t.match(noFrame, {
    meanDn: null,
    pixelNoiseDn: null,
    worst: null,
    unknown: { meanDn: 'no good pixel', pixelNoiseDn: /no two/, innerRowStepDn: /no two/ }
  })
  t.equal(noFrame.borders.length, 2 + 2)
  const line = measureBlockSteps(
    make((row) => [1, 4, 2, 6, 3, 9][row], [6, 1]),
    null,
    { midline: true }
  )
  // Neighbours in the halves: 3, -2, -3, 6 (the midline left out); median 0.5, deviations 2.5, 2.5, 3.5, 5.5, MAD 3.
  near(t, line.pixelNoiseDn, (1.4826022185056018 * 3) / Math.SQRT2, 1e-6, 'one column')
  t.equal(line.borders[0].stepDn, 4)
  const edge = make((row, col) => row * col + (col % 3), [8, 6])
  for (let row = 0; row < 8; row++) edge.data[row * 6 + 3] = NaN
  t.equal(measureBlockSteps(edge, null, { chipColumns: 3 }).unknown.worst, 'no pair of good pixels at a border')
  t.equal(measureBlockSteps(edge, null).unknown.worst, 'no border of two blocks: give chipColumns or midline')
})

t.test('chips and midlines that do not fit are refused', async (t) => {
  const frame = make(() => 1, [5, 6])
  const refusals: [any, RegExp][] = [
    [{ chipColumns: 0 }, /^option "chipColumns": expected a whole number of columns, received 0/],
    [{ chipColumns: [3, 2] }, /^option "chipColumns": expected whole numbers of columns that sum to 6, received \[3, 2\]/],
    [{ chipColumns: [6.5, -0.5] }, /^option "chipColumns"/],
    [{ midline: true }, /^option "midline": expected a row from 1 to 4, or true for an even number of rows, received true/],
    [{ midline: 0 }, /^option "midline"/],
    [{ midline: 5 }, /^option "midline"/]
  ]
  for (const [options, message] of refusals) t.throws(() => measureBlockSteps(frame, null, options), { code: 'ERR_OPTION', message })
})
