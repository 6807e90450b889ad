import fc from 'fast-check'
import t from 'tap'
import { addColumns } from '../../../../lib/kernels/map/add-columns.js'
import { compareWithLocalMedian } from '../../../../lib/kernels/median/compare-with-local-median.js'
import { medianOfGood } from '../../../../lib/kernels/median/median-of-good.js'
import { rowMedians } from '../../../../lib/kernels/median/row-medians.js'
import { scratchMemory } from '../../../../lib/kernels/simd/scratch-memory.js'
import { transposeF32 } from '../../../../lib/kernels/map/transpose-f32.js'
import { transposeU8 } from '../../../../lib/kernels/map/transpose-u8.js'
import { gaussianSource } from '../../../fixtures/gaussian-source.js'

const SPECIAL = [NaN, Infinity, -Infinity, -0, 0, 1.401298464324817e-45, -1e-40, 3.4028234663852886e38, -3.4028234663852886e38]

interface Case {
  readonly rows: number
  readonly cols: number
  readonly values: Float32Array
  readonly excluded: Uint8Array
}

const KINDS: Record<string, (gauss: () => number, i: number) => number> = {
  gaussian: (gauss) => 8000 + 160 * gauss(),
  'around zero': (gauss) => gauss(),
  'few values': (gauss) => Math.round(2 * gauss()),
  constant: () => 3,
  zeros: (gauss) => (gauss() > 0 ? 0 : -0),
  'two values far apart': (_, i) => (i & 1) * 3e38 - 1e38,
  rising: (_, i) => i,
  // Of 90 000 values every 11th is in the sample: all others lie between its bounds, more than there is room for.
  'a lie to the sample': (gauss, i) => (i % 11 === 0 ? 1e6 * (1 - 2 * (i & 1)) : gauss()),
  // Or above them.
  'a sample below': (gauss, i) => (i % 11 === 0 ? -1e6 : 0) + gauss(),
  outliers: (gauss) => 10 ** (20 * gauss()),
  subnormal: (_, i) => (i % 1000) * 1.401298464324817e-45,
  special: (gauss, i) => (i % 3 === 0 ? SPECIAL[(i / 3) % SPECIAL.length] : gauss())
}

function draw(rows: number, cols: number, kind: string, share: number, seed: number): Case {
  const gauss = gaussianSource(seed)
  const values = new Float32Array(rows * cols + 1).subarray(1)
  for (let i = 0; i < values.length; i++) values[i] = KINDS[kind](gauss, i)
  return { rows, cols, values, excluded: Uint8Array.from(values, () => (share >= 1 || Math.abs(gauss()) < share * 1.25 ? 2 : 0)) }
}

const shapes = fc.record({
  rows: fc.integer({ min: 1, max: 300 }),
  cols: fc.integer({ min: 1, max: 300 }),
  kind: fc.constantFrom(...Object.keys(KINDS)),
  share: fc.constantFrom(0, 0.01, 0.4, 1),
  seed: fc.nat(1e6)
})
const cases = [
  ...fc.sample(shapes, { seed: 7, numRuns: 40 }).map(({ rows, cols, kind, share, seed }) => draw(rows, cols, kind, share, seed)),
  // Large enough for the sample (16 384 values) and for more than one band (65 536).
  ...Object.keys(KINDS).flatMap((kind) => [draw(300, 300, kind, 0.02, 1), draw(128, 128, kind, 0, 2), draw(129, 127, kind, 0.5, 3)])
]

const LIMITS = { above: 1.3, aboveCode: 8, below: 0.6, belowCode: 4, otherwise: 100 }

/** All results on one case, as numbers to be compared by Object.is. */
function results({ rows, cols, values, excluded }: Case): number[] {
  const centre = medianOfGood(values, excluded, null)
  const medians = new Float64Array(rows)
  rowMedians(values, excluded, 0, cols, cols, 3, -7, medians)
  const part = new Float64Array(rows)
  const half = cols >> 1
  rowMedians(values, excluded, half, cols - half, cols, 1, NaN, part)
  const sums = new Float64Array(cols).fill(0.5)
  const counts = new Int32Array(cols).fill(2)
  addColumns(values, excluded, rows >> 1, rows, cols, sums, counts)
  const codes = new Uint32Array(values.length)
  compareWithLocalMedian(values, excluded, rows, cols, 3, LIMITS, codes)
  return [
    ...centre,
    ...medianOfGood(values, excluded, centre[0]),
    ...medianOfGood(values, undefined, null),
    ...medians,
    ...part,
    ...sums,
    ...counts,
    ...codes
  ]
}

function withoutEngine<T>(run: () => T): T {
  const engine = Object.getOwnPropertyDescriptor(globalThis, 'WebAssembly')!
  Object.defineProperty(globalThis, 'WebAssembly', { ...engine, value: undefined })
  try {
    return run()
  } finally {
    Object.defineProperty(globalThis, 'WebAssembly', engine)
  }
}

/** The obvious way: sort, take the middle. */
function sortedMedian(values: number[]): number {
  const sorted = Float32Array.from(values).sort()
  const n = sorted.length
  return n === 0 ? NaN : (sorted[(n - 1) >> 1] + sorted[n >> 1]) / 2 + 0
}

const good = ({ values, excluded }: Case, from: number, to: number): number[] =>
  [...values.subarray(from, to)].filter((value, i) => excluded[from + i] === 0 && Number.isFinite(value))

t.test('medians of maps, of rows, sums of columns, comparison: both kernels give the same bits', (t) => {
  // First, while no memory is open.
  const byTypeScript = withoutEngine(() => cases.map((one) => (scratchMemory(64) === null ? results(one) : [])))
  const bySimd = cases.map(results)
  t.not(scratchMemory(64), null)
  const wrong = cases.flatMap((one, k) => {
    const place = bySimd[k].findIndex((value, i) => !Object.is(value, byTypeScript[k][i]))
    return place < 0
      ? []
      : [`case ${k}, ${one.rows} x ${one.cols}, result ${place}: ${bySimd[k][place]}, TypeScript ${byTypeScript[k][place]}`]
  })
  t.same(wrong, [])
  t.end()
})

t.test('medians of maps and of rows: equal sorting', (t) => {
  const wrong: string[] = []
  cases.forEach((one, k) => {
    const { rows, cols, values, excluded } = one
    const all = good(one, 0, values.length)
    const median = sortedMedian(all)
    const [ours, count] = medianOfGood(values, excluded, null)
    if (!Object.is(ours, median) || count !== all.length)
      wrong.push(`case ${k}: median ${ours} of ${count}, sorted ${median} of ${all.length}`)
    const spread = sortedMedian(all.map((value) => Math.abs(value - median)))
    const [deviation] = medianOfGood(values, excluded, median)
    if (!Object.is(deviation, spread)) wrong.push(`case ${k}: deviation ${deviation}, sorted ${spread}`)
    const medians = new Float64Array(rows)
    rowMedians(values, excluded, 0, cols, cols, 3, -7, medians)
    for (let row = 0; row < rows; row++) {
      const line = good(one, row * cols, (row + 1) * cols)
      const expected = line.length < 3 ? -7 : sortedMedian(line)
      if (!Object.is(medians[row], expected)) wrong.push(`case ${k}, row ${row}: ${medians[row]}, sorted ${expected}`)
    }
  })
  t.same(wrong, [])
  t.end()
})

t.test('sums of columns: every value counts once', (t) => {
  // Sums of integers are exact in any order: 700 rows of 200 columns are several bands.
  const one = draw(700, 200, 'few values', 0.1, 9)
  const sums = new Float64Array(200)
  const counts = new Int32Array(200)
  addColumns(one.values, one.excluded, 3, 690, 200, sums, counts)
  const expected = new Float64Array(200)
  const expectedCounts = new Int32Array(200)
  for (let i = 3 * 200; i < 690 * 200; i++) {
    if (one.excluded[i] !== 0) continue
    expected[i % 200] += one.values[i]
    expectedCounts[i % 200]++
  }
  t.strictSame([...sums], [...expected])
  t.strictSame([...counts], [...expectedCounts])
  t.end()
})

t.test('transposed maps and flags', (t) => {
  for (const [rows, cols] of [
    [1, 70],
    [70, 1],
    [33, 64],
    [70, 95]
  ]) {
    const values = Float32Array.from({ length: rows * cols }, (_, i) => i)
    const [turned, turnedFlags] = [new Float32Array(values.length), new Uint8Array(values.length)]
    transposeF32(values, rows, cols, turned)
    transposeU8(Uint8Array.from(values), rows, cols, turnedFlags)
    const expected = Array.from(values, (_, i) => (i % rows) * cols + Math.floor(i / rows))
    t.strictSame([...turned], expected, `${rows} x ${cols}`)
    t.strictSame(
      [...turnedFlags],
      expected.map((value) => value & 255)
    )
  }
  t.end()
})
