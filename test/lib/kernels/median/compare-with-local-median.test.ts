import t from 'tap'
import { compareWithLocalMedian, NOT_COMPARED } from '../../../../lib/kernels/median/compare-with-local-median.js'
import type { RatioLimits } from '../../../../lib/kernels/median/compare-with-local-median.js'
import { gaussianSource } from '../../../fixtures/gaussian-source.js'

const BOTH: RatioLimits = { above: 1.3, aboveCode: 8, below: 0.6, belowCode: 4, otherwise: 100 }

/** The obvious way: sort every window, divide, compare. */
function slowly(values: Float32Array, excluded: Uint8Array, rows: number, cols: number, radius: number, limits: RatioLimits): Uint32Array {
  return Uint32Array.from(values, (value, i) => {
    const [row, col] = [Math.floor(i / cols), i % cols]
    const window: number[] = []
    for (let r = Math.max(0, row - radius); r <= Math.min(rows - 1, row + radius); r++) {
      for (let c = Math.max(0, col - radius); c <= Math.min(cols - 1, col + radius); c++) {
        const at = r * cols + c
        if (excluded[at] === 0 && !Number.isNaN(values[at])) window.push(values[at])
      }
    }
    window.sort((a, b) => a - b)
    const n = window.length
    const median = n === 0 ? limits.otherwise : Math.fround((window[(n - 1) >> 1] + window[n >> 1]) / 2)
    return value / median > limits.above ? limits.aboveCode : value / median < limits.below ? limits.belowCode : 0
  })
}

t.test('compare with the local median: equals sorting every window', (t) => {
  const gauss = gaussianSource(1)
  const good = (): number => 100 * (1 + 0.02 * gauss())
  const outlier = (): number => 100 * Math.abs(1 + 0.5 * gauss())
  const spotted = (share: number) => (): number => (Math.abs(gauss()) < share ? outlier() : good())
  const cases: { name: string; rows: number; cols: number; radius: number; draw: (row: number, col: number) => number; part?: number }[] = [
    { name: 'few outliers, and a tile that ends early', rows: 134, cols: 140, radius: 4, draw: spotted(0.01), part: 0.005 },
    { name: 'large windows', rows: 40, cols: 60, radius: 10, draw: spotted(0.02), part: 0.02 },
    { name: 'many outliers', rows: 50, cols: 40, radius: 4, draw: spotted(0.6), part: 0.1 },
    { name: 'a steep border', rows: 30, cols: 80, radius: 4, draw: (_, col) => good() * (col < 8 ? (1 + col) / 9 : 1) },
    { name: 'a block of outliers', rows: 60, cols: 60, radius: 5, draw: (row, col) => good() * (row < 15 && col < 15 ? 2 : 1) },
    { name: 'signals of both signs', rows: 30, cols: 30, radius: 2, draw: () => 100 * gauss() },
    {
      name: 'values that are none',
      rows: 40,
      cols: 50,
      radius: 4,
      draw: (row, col) => [NaN, Infinity, -Infinity, good(), good()][(row * 7 + col * 3) % 23] ?? good()
    },
    { name: 'nearly all excluded', rows: 40, cols: 40, radius: 2, draw: spotted(0.1), part: 0.97 },
    { name: 'a panel smaller than a window', rows: 5, cols: 6, radius: 10, draw: spotted(0.4), part: 0.1 },
    { name: 'zero everywhere', rows: 12, cols: 12, radius: 2, draw: () => 0 },
    { name: 'one row', rows: 1, cols: 300, radius: 3, draw: spotted(0.05) }
  ]
  for (const { name, rows, cols, radius, draw, part = 0 } of cases) {
    const values = Float32Array.from({ length: rows * cols }, (_, i) => draw(Math.floor(i / cols), i % cols))
    // Twice the normal integral from 0 to x is about 0.8 x for small x.
    const excluded = Uint8Array.from(values, () => (part > 0.9 ? Number(Math.abs(gauss()) < 2.2) : Number(Math.abs(gauss()) < 1.25 * part)))
    for (const limits of [BOTH, { ...BOTH, below: -Infinity }, { ...BOTH, above: Infinity }]) {
      const out = new Uint32Array(values.length).fill(77)
      compareWithLocalMedian(values, excluded, rows, cols, radius, limits, out)
      const wrong = slowly(values, excluded, rows, cols, radius, limits).findIndex((code, i) => code !== out[i])
      t.equal(wrong, -1, `${name}, limits ${limits.below} and ${limits.above}`)
    }
  }
  t.end()
})

t.test('compare with the local median: a bare majority of one window decides', (t) => {
  // 13 of the 25 values around the pixel differ from all others: its median is theirs. The tile of 128 x 128 touches no border.
  const [side, radius] = [384, 2]
  for (const [minority, code] of [
    [200, BOTH.belowCode],
    [50, BOTH.aboveCode]
  ]) {
    const values = new Float32Array(side * side).fill(100)
    for (const place of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13])
      values[(190 + Math.floor(place / 5)) * side + 190 + (place % 5)] = minority
    const out = new Uint32Array(values.length)
    compareWithLocalMedian(values, new Uint8Array(values.length), side, side, radius, BOTH, out)
    t.equal(out[192 * side + 192], code, `${minority} around 100`)
  }
  t.end()
})

t.test('compare with the local median: twice is once more without what was found', (t) => {
  const gauss = gaussianSource(4)
  const cases: { name: string; rows: number; cols: number; radius: number; share: number; block?: number }[] = [
    { name: 'few', rows: 140, cols: 290, radius: 4, share: 0.002 },
    { name: 'many in one tile', rows: 140, cols: 290, radius: 4, share: 0.001, block: 11 },
    { name: 'more than bounds can tell', rows: 60, cols: 70, radius: 3, share: 0.3 },
    { name: 'none', rows: 40, cols: 40, radius: 2, share: 0 }
  ]
  for (const { name, rows, cols, radius, share, block = 0 } of cases) {
    const values = Float32Array.from({ length: rows * cols }, (_, i) => {
      const isBlock = Math.floor(i / cols) < block && i % cols < block
      return (isBlock ? 200 : 100) * (Math.abs(gauss()) < 1.25 * share ? 1 + 0.8 * gauss() : 1 + 0.02 * gauss())
    })
    const excluded = Uint8Array.from(values, () => Number(Math.abs(gauss()) < 0.01))
    const out = new Uint32Array(values.length)
    const twice = new Uint32Array(values.length)
    const without = excluded.slice()
    compareWithLocalMedian(values, excluded, rows, cols, radius, BOTH, out)
    const once = excluded.map((value, i) => (out[i] !== 0 ? 1 : value))
    compareWithLocalMedian(values, once, rows, cols, radius, BOTH, out)
    compareWithLocalMedian(values, without, rows, cols, radius, BOTH, twice, true)
    t.same(twice, out, name)
    t.same(
      without.map((value) => Math.min(1, value)),
      once.map((value, i) => (out[i] !== 0 ? 1 : value)),
      `${name}: excluded`
    )
  }
  const values = new Float32Array(400).fill(100)
  values[7] = 300
  values[8] = 300
  const out = new Uint32Array(400)
  compareWithLocalMedian(
    values,
    Uint8Array.from(values, (_, i) => (i === 7 ? NOT_COMPARED : 0)),
    20,
    20,
    2,
    BOTH,
    out
  )
  t.same(
    [...out.keys()].filter((i) => out[i] !== 0),
    [8],
    'what is not compared has no code'
  )
  t.end()
})
