import t from 'tap'
import { findAboveLocalMedian } from '../../../../lib/kernels/median/find-above-local-median.js'
import { gaussianSource } from '../../../fixtures/gaussian-source.js'

const median = (values: number[]): number => {
  const sorted = values.sort((a, b) => a - b)
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2
}

/** The obvious way: sort every window of 21 x 21; the residuals, and the median absolute deviation of those of good values. */
function slowly(values: Float32Array, excluded: Uint8Array, rows: number, cols: number): { residual: Float32Array; deviation: number } {
  const residual = Float32Array.from(values, (value, i) => {
    const [row, col] = [Math.floor(i / cols), i % cols]
    const window: number[] = []
    for (let r = Math.max(0, row - 10); r <= Math.min(rows - 1, row + 10); r++) {
      for (let c = Math.max(0, col - 10); c <= Math.min(cols - 1, col + 10); c++) {
        const at = r * cols + c
        if (excluded[at] === 0 && !Number.isNaN(values[at])) window.push(values[at])
      }
    }
    return window.length === 0 ? NaN : value - Math.fround(median(window))
  })
  const good = [...residual].filter((value, i) => excluded[i] === 0 && Number.isFinite(value))
  const middle = median([...good])
  return { residual, deviation: median(good.map((value) => Math.fround(Math.abs(value - middle)))) }
}

interface Case {
  name: string
  rows: number
  cols: number
  draw: (row: number, col: number) => number
  part?: number
  /** Limits in sd of the noise, 10 DN; what must be known of each. */
  narrow?: Record<number, boolean>
}

t.test('values above their local median: those that sorting every window finds, and narrow only where it is', (t) => {
  const gauss = gaussianSource(3)
  const noise = (): number => 1000 + 10 * gauss()
  const spotted = (share: number): number => (Math.abs(gauss()) < share ? 1000 + 150 * gauss() : noise())
  const cases: Case[] = [
    // The median absolute deviation is 0.6745 sd: on a large panel a limit of 2.2 sd can be told, one of 0.6 sd does not hold.
    { name: 'noise', rows: 97, cols: 140, draw: noise, narrow: { 3: true, 0.6: false } },
    { name: 'some outliers and bad pixels', rows: 85, cols: 90, draw: () => spotted(0.01), part: 0.005, narrow: { 3.5: true, 0.6: false } },
    { name: 'many outliers', rows: 50, cols: 60, draw: () => spotted(0.9), part: 0.1, narrow: { 0.6: false } },
    { name: 'a step between chips', rows: 60, cols: 170, draw: (_, col) => noise() + (col < 70 ? 0 : 60), narrow: { 9: true, 0.6: false } },
    { name: 'a slope', rows: 60, cols: 60, draw: (row, col) => noise() + 4 * row + col, narrow: { 0.6: false } },
    { name: 'a cliff', rows: 60, cols: 100, draw: (_, col) => noise() + (col < 50 ? 0 : 400), narrow: { 0.6: false } },
    { name: 'about zero', rows: 40, cols: 50, draw: () => noise() - 1000, narrow: { 0.6: false } },
    {
      name: 'values that are none',
      rows: 50,
      cols: 60,
      draw: (row, col) => [NaN, Infinity, -Infinity][(row * 7 + col * 3) % 29] ?? noise(),
      narrow: { 0.6: false }
    },
    { name: 'nothing but NaN', rows: 30, cols: 30, draw: () => NaN, narrow: { 9: false } },
    { name: 'nearly all excluded', rows: 40, cols: 40, draw: () => spotted(0.1), part: 0.97 },
    { name: 'a panel smaller than a window', rows: 5, cols: 6, draw: () => spotted(0.3), part: 0.1 },
    { name: 'equal values', rows: 45, cols: 45, draw: () => 1000, narrow: { 0.1: true } }
  ]
  for (const { name, rows, cols, draw, part = 0, narrow = {} } of cases) {
    const values = Float32Array.from({ length: rows * cols }, (_, i) => draw(Math.floor(i / cols), i % cols))
    const excluded = Uint8Array.from(values, () => Number(Math.abs(gauss()) < (part > 0.9 ? 2.2 : 1.25 * part)))
    const { residual, deviation } = slowly(values, excluded, rows, cols)
    for (const threshold of [35, 100]) {
      const above = [...residual.keys()].filter((i) => residual[i] > threshold)
      for (const sd of [0.1, 0.6, 0.7, 0.8, 1, 1.5, 2, 2.5, 3, 3.5, 9].filter((sd) => 10 * sd <= threshold)) {
        const found = findAboveLocalMedian(values, excluded, rows, cols, threshold, 10 * sd)
        t.same(
          [...found.places].sort((a, b) => a - b),
          above,
          `${name}, above ${threshold}`
        )
        if (found.isNarrow) t.ok(deviation <= 10 * sd, `${name}: ${deviation} is at most ${10 * sd}`)
        if (threshold === 100 && sd in narrow) t.equal(found.isNarrow, narrow[sd], `${name}: limit ${sd} sd, threshold ${threshold}`)
      }
    }
  }
  t.end()
})
