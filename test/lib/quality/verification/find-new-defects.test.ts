import t from 'tap'
import { findNewDefects } from '../../../../lib/quality/verification/find-new-defects.js'
import { measureOrientation, ORIENTATIONS } from '../../../../lib/quality/uniformity/measure-orientation.js'
import { gaussianSource } from '../../../fixtures/gaussian-source.js'
import type { Shape } from '../../../../lib/frame/shape.js'

const noisy = (shape: Shape, mean: number, sd: number, seed: number) => {
  const normal = gaussianSource(seed)
  return { data: Float32Array.from({ length: shape[0] * shape[1] }, () => mean + sd * normal()), shape }
}

t.test('planted deviations beyond the limit are found, those within are not, known ones neither', async (t) => {
  const shape: Shape = [200, 210]
  const frame = noisy(shape, 1000, 10, 1)
  // sigma 1 %: the limit is 5.32 %; planted values are set, not added.
  const planted: [number, number, number][] = [
    [0, 0, 900],
    [50, 60, 1100],
    [199, 209, 0],
    [120, 3, 1080]
  ]
  for (const [row, col, value] of planted) frame.data[row * 210 + col] = value
  frame.data[90 * 210 + 90] = 1035
  frame.data[10 * 210 + 10] = 60000
  const flags = new Uint32Array(200 * 210)
  flags[10 * 210 + 10] = 2
  const result = findNewDefects(frame, { data: flags, shape })
  t.equal(result.newDefects, 4)
  t.strictSame(
    result.positions.map(({ row, col }) => [row, col]),
    [
      [199, 209],
      [0, 0],
      [50, 60],
      [120, 3]
    ],
    'the worst first'
  )
  t.equal(result.positions[0].valueDn, 0)
  t.equal(result.positions[0].deviationPercent, -100)
  // sigma of 4096 values: 1.8 %, and the median of 81 in the corner: four of both.
  for (const { limitPercent } of result.positions) t.ok(Math.abs(limitPercent - 5.32) < 0.5, `limit ${limitPercent}`)
  t.match(result, { usedPixels: 41999, defectivePixels: 1, untestedPixels: 0 })
  t.equal(findNewDefects(frame, { data: flags, shape }, { maximumPositions: 2 }).positions.length, 2)
  t.strictSame(findNewDefects(frame, { data: flags, shape }, { maximumPositions: 0 }).positions, [])
  t.equal(findNewDefects(frame, { data: flags, shape }, { sigmas: 9 }).newDefects, 3, '8 % is within 9 sigma')
})

t.test('a Gaussian frame of a million pixels gives no more than its share of false ones', async (t) => {
  // p(5.32 sigma, two-sided) = 1.04e-7: 0.1 expected; Poisson 99.9 %: at most 2.
  const { newDefects, usedPixels } = findNewDefects(noisy([1000, 1000], 1000, 10, 2), null)
  t.equal(usedPixels, 1e6)
  t.ok(newDefects <= 2, `${newDefects} false`)
})

t.test('a quiet frame: the limit is 1 % of the local median, whatever the slope', async (t) => {
  const shape: Shape = [100, 100]
  const frame = { data: Float32Array.from({ length: 10000 }, (_, i) => 1000 + 2 * (i % 100)), shape }
  frame.data[5050] *= 1.012
  frame.data[7070] *= 1.008
  const { newDefects, positions } = findNewDefects(frame, null)
  t.equal(newDefects, 1)
  t.match(positions[0], { row: 50, col: 50, limitPercent: 1 })
  t.equal(findNewDefects(frame, null, { limitPercent: 0.5 }).newDefects, 2)
  t.equal(findNewDefects({ data: new Uint16Array(100).fill(7), shape: [10, 10] }, null).newDefects, 0, 'a constant frame')
})

t.test('the same verdict as the definition, written out slowly', async (t) => {
  const shape: Shape = [70, 90]
  const frame = noisy(shape, 500, 5, 3)
  for (let i = 0; i < frame.data.length; i += 311) frame.data[i] *= 1.1
  const flags = Uint32Array.from({ length: 6300 }, (_, i) => (i % 53 === 0 ? 2 : 0))
  const deviation = (row: number, col: number): number => {
    const values: number[] = []
    for (let r = Math.max(0, row - 4); r <= Math.min(69, row + 4); r++) {
      for (let c = Math.max(0, col - 4); c <= Math.min(89, col + 4); c++) if (flags[r * 90 + c] === 0) values.push(frame.data[r * 90 + c])
    }
    values.sort((a, b) => a - b)
    const half = values.length >> 1
    return frame.data[row * 90 + col] / (values.length % 2 ? values[half] : (values[half - 1] + values[half]) / 2) - 1
  }
  // Fixed 8 % limit (sigmas 0) takes the scale out of the comparison.
  let expected = 0
  for (let i = 0; i < 6300; i++) if (flags[i] === 0 && Math.abs(deviation(Math.floor(i / 90), i % 90)) > 0.08) expected++
  t.ok(expected > 10)
  t.equal(findNewDefects(frame, { data: flags, shape }, { limitPercent: 8, sigmas: 0 }).newDefects, expected)
})

t.test('noise is judged where it is: a noisy half has a wider limit', async (t) => {
  const normal = gaussianSource(4)
  const shape: Shape = [128, 128]
  const frame = { data: Float32Array.from({ length: 16384 }, (_, i) => 1000 + (i % 128 < 64 ? 5 : 20) * normal()), shape }
  frame.data[64 * 128 + 30] = 1050
  frame.data[64 * 128 + 100] = 1050
  t.strictSame(
    findNewDefects(frame, null).positions.map(({ col }) => col),
    [30]
  )
})

t.test('what cannot be tested is counted; small and empty frames work', async (t) => {
  t.match(findNewDefects({ data: new Float32Array(100).fill(-1), shape: [10, 10] }, null), { newDefects: 0, untestedPixels: 100 })
  const allBad = { data: new Uint32Array(4).fill(2), shape: [2, 2] as const }
  t.match(findNewDefects({ data: new Float32Array(4), shape: [2, 2] }, allBad), { newDefects: 0, usedPixels: 0 })
  const small = noisy([8, 8], 1000, 1, 5)
  small.data[9] = 1500
  t.equal(findNewDefects(small, null).newDefects, 1)
  for (const options of [{ limitPercent: -1 }, { sigmas: NaN }, { maximumPositions: -1 }]) {
    t.throws(() => findNewDefects(small, null, options), { code: 'ERR_OPTION', message: /a number of at least 0/ })
  }
})

t.test('a turned gain map is found out, and the right one is not suspected', async (t) => {
  const normal = gaussianSource(6)
  for (const [rows, cols] of [
    [60, 60],
    [50, 70]
  ] as const) {
    const shape: Shape = [rows, cols]
    const response = Float64Array.from({ length: rows * cols }, () => 1 + 0.02 * normal())
    // Where the pixel of the frame stands in the map of the panel, by its name.
    const source: Record<string, (r: number, c: number) => number> = {
      'as calibrated': (r, c) => r * cols + c,
      'flipped up-down': (r, c) => (rows - 1 - r) * cols + c,
      'flipped left-right': (r, c) => r * cols + cols - 1 - c,
      'rotated by 180 degrees': (r, c) => (rows - 1 - r) * cols + cols - 1 - c,
      transposed: (r, c) => c * cols + r,
      'rotated by 90 degrees': (r, c) => (rows - 1 - c) * cols + r,
      'rotated by 270 degrees': (r, c) => c * cols + cols - 1 - r,
      'transposed over the other diagonal': (r, c) => (rows - 1 - c) * cols + cols - 1 - r
    }
    const gain = { data: Float32Array.from(response, (value) => 1 / value), shape, reference: 1000 }
    for (const orientation of ORIENTATIONS.slice(0, rows === cols ? 8 : 4)) {
      // The frame shows the panel turned; the map is applied as it is.
      const data = Float32Array.from({ length: rows * cols }, (_, i) => {
        const truth = response[source[orientation](Math.floor(i / cols), i % cols)]
        return (1000 * truth + 5 * normal()) * gain.data[i]
      })
      const result = measureOrientation({ data, shape }, gain, null)
      t.equal(result.bestOrientation, orientation)
      t.equal(Object.keys(result.residualPercent).length, rows === cols ? 8 : 4)
    }
  }
})

t.test('an orientation that cannot be told', async (t) => {
  const gain = { data: new Float32Array(4), shape: [2, 2] as const, reference: 1 }
  const frame = { data: new Float32Array(4).fill(1), shape: [2, 2] as const }
  t.match(measureOrientation(frame, gain, null), { bestOrientation: null, unknown: { bestOrientation: /too few/ } })
  const ones = { ...gain, data: new Float32Array(4).fill(1) }
  t.match(measureOrientation(frame, ones, { data: Uint32Array.of(2, 0, 0, 2), shape: [2, 2] }), { bestOrientation: null })
  t.throws(() => measureOrientation({ data: new Float32Array(2), shape: [1, 2] }, gain, null), { code: 'ERR_SHAPE', message: /^gain map/ })
})
