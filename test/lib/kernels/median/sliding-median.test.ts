import t from 'tap'
import { chiSquareQuantile } from '../../../../lib/kernels/statistics/chi-square-quantile.js'
import { medianOf } from '../../../../lib/kernels/median/median-of.js'
import { selectNth } from '../../../../lib/kernels/median/select-nth.js'
import { slidingMedian } from '../../../../lib/kernels/median/sliding-median.js'
import { upperGamma } from '../../../../lib/kernels/statistics/upper-gamma.js'
import { assertClose } from '../../../fixtures/assert-close.js'
import { gaussianSource } from '../../../fixtures/gaussian-source.js'

/** The obvious way: collect the window, sort it, take the middle. */
function slowMedian(values: Float32Array, excluded: Uint8Array, rows: number, cols: number, a: number, b: number): Float32Array {
  const out = new Float32Array(rows * cols)
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) {
      const window: number[] = []
      for (let r = Math.max(0, row - a); r <= Math.min(rows - 1, row + a); r++) {
        for (let c = Math.max(0, col - b); c <= Math.min(cols - 1, col + b); c++) {
          const i = r * cols + c
          if (excluded[i] === 0 && !Number.isNaN(values[i])) window.push(values[i])
        }
      }
      window.sort((x, y) => x - y)
      const n = window.length
      out[row * cols + col] = n === 0 ? NaN : n % 2 === 1 ? window[(n - 1) / 2] : (window[n / 2 - 1] + window[n / 2]) / 2
    }
  }
  return out
}

t.test('sliding median: equals sorting every window', (t) => {
  const gauss = gaussianSource(1)
  const cases = [
    { rows: 70, cols: 130, a: 4, b: 4, part: 0.1 },
    { rows: 33, cols: 130, a: 10, b: 10, part: 0.3 },
    { rows: 5, cols: 7, a: 10, b: 10, part: 0.5 },
    { rows: 1, cols: 40, a: 0, b: 5, part: 0.2 },
    { rows: 40, cols: 1, a: 3, b: 3, part: 0.2 },
    { rows: 70, cols: 24, a: 32, b: 32, part: 0 },
    { rows: 40, cols: 40, a: 2, b: 2, part: 0.95 },
    { rows: 17, cols: 64, a: 0, b: 0, part: 0 },
    { rows: 64, cols: 20, a: 5, b: 0, part: 0.1 },
    // Blocks of 96 x 64: a last one of 9 rows and 6 columns; windows of 3 columns, which share none; the largest radii.
    { rows: 105, cols: 70, a: 10, b: 10, part: 0.02 },
    { rows: 100, cols: 67, a: 3, b: 1, part: 0.1 },
    { rows: 50, cols: 9, a: 60, b: 60, part: 0.1 }
  ]
  for (const { rows, cols, a, b, part } of cases) {
    // Many ties, both signs, and what only float32 has.
    const values = Float32Array.from({ length: rows * cols }, () => {
      const kind = Math.abs(gauss())
      return kind < 0.02 ? NaN : kind < 0.03 ? Infinity : kind < 0.04 ? -Infinity : Math.round(gauss() * 9) / 3
    })
    const excluded = Uint8Array.from(values, () => (Math.abs(gauss()) < part * 1.2 ? 1 : 0))
    const out = new Float32Array(rows * cols)
    slidingMedian(values, excluded, rows, cols, a, b, out)
    assertClose(t, out, slowMedian(values, excluded, rows, cols, a, b), `${rows} x ${cols}, radii ${a} and ${b}`)
  }
  t.end()
})

t.test('sliding median: one value everywhere, and none', (t) => {
  const rows = 100
  const cols = 130
  const n = rows * cols
  const out = new Float32Array(n)
  for (const value of [0, 7.25, -0.5, Infinity]) {
    slidingMedian(new Float32Array(n).fill(value), new Uint8Array(n), rows, cols, 10, 10, out)
    t.same([...new Set(out)], [value], `all ${value}`)
  }
  slidingMedian(new Float32Array(n).fill(-0), new Uint8Array(n), rows, cols, 4, 4, out)
  t.ok(
    out.every((value) => Object.is(value, -0)),
    'all -0'
  )
  // As many -0 as 0 in half of the windows, and only -0 beside one 0: the order is by sign.
  slidingMedian(Float32Array.of(-0, 0, -0, -0), new Uint8Array(4), 1, 4, 0, 1, out.subarray(0, 4))
  t.same(
    [...out.subarray(0, 4)].map((value) => Object.is(value, -0)),
    [false, true, true, true],
    'zeros by their sign'
  )
  slidingMedian(new Float32Array(n).fill(5), new Uint8Array(n).fill(1), rows, cols, 10, 10, out)
  t.ok(out.every(Number.isNaN), 'all excluded')
  slidingMedian(new Float32Array(n).fill(NaN), new Uint8Array(n), rows, cols, 4, 4, out)
  t.ok(out.every(Number.isNaN), 'all NaN')
  const excluded = new Uint8Array(n).fill(1)
  excluded[n - 1] = 0
  const values = new Float32Array(n).fill(5)
  values[n - 1] = 9
  slidingMedian(values, excluded, rows, cols, 4, 4, out)
  const wrong = out.filter((value, i) => !Object.is(value, Math.floor(i / cols) >= rows - 5 && i % cols >= cols - 5 ? 9 : NaN))
  t.equal(wrong.length, 0, 'one value in the last corner serves the windows that hold it, and no other')
  t.end()
})

t.test('sliding median: works on a view that does not begin its buffer, and leaves the input alone', (t) => {
  const gauss = gaussianSource(2)
  const buffer = Float32Array.from({ length: 500 }, gauss)
  const view = buffer.subarray(37, 37 + 400)
  const before = view.slice()
  const out = new Float32Array(400)
  slidingMedian(view, new Uint8Array(400), 20, 20, 2, 2, out)
  assertClose(t, out, slowMedian(before, new Uint8Array(400), 20, 20, 2, 2), 'medians of the view')
  assertClose(t, view, before, 'input unchanged')
  t.end()
})

t.test('sliding median: noise of x - median over 81 values', (t) => {
  // Var(x - m) = 1 + Var(m) - 2 Cov(x, m) with Cov = 1/81 (Basu) and 81 Var(m) = 1.56245: 0.99460.
  const gauss = gaussianSource(3)
  const values = Float32Array.from({ length: 512 * 512 }, gauss)
  const out = new Float32Array(values.length)
  slidingMedian(values, new Uint8Array(values.length), 512, 512, 4, 4, out)
  let sum = 0
  let count = 0
  for (let row = 4; row < 508; row++) {
    for (let col = 4; col < 508; col++, count++) sum += (values[row * 512 + col] - out[row * 512 + col]) ** 2
  }
  // Standard error of a variance: sqrt(2 / 254016) = 0.28 %; 4 of them.
  t.ok(Math.abs(sum / count - 0.9946) < 0.0112, `variance ${sum / count}`)
  t.end()
})

t.test('select and median: equal sorting', (t) => {
  const gauss = gaussianSource(4)
  const wrong: string[] = []
  for (let length = 1; length < 60; length++) {
    const values = Float32Array.from({ length }, () => Math.round(gauss() * 4))
    const sorted = values.slice().sort()
    for (let n = 0; n < length; n++) {
      const work = values.slice()
      if (selectNth(work, length, n) !== sorted[n]) wrong.push(`${n} of ${length}`)
    }
    const median = (sorted[(length - 1) >> 1] + sorted[length >> 1]) / 2
    if (medianOf(values.slice(), length) !== median) wrong.push(`median of ${length}`)
  }
  t.same(wrong, [])
  t.ok(Number.isNaN(medianOf(new Float32Array(3), 0)), 'no values: NaN')
  t.equal(medianOf(Float32Array.of(3, 1, 2, 99), 3), 2, 'only the first values count')
  t.end()
})

t.test('median of many values: equals sorting', (t) => {
  const gauss = gaussianSource(5)
  const cases: [string, (i: number) => number][] = [
    ['Gaussian', () => 8000 + 160 * gauss()],
    ['few values', () => Math.round(gauss())],
    ['one value', () => 3],
    ['two values', (i) => i & 1],
    ['two values far apart', (i) => (i & 1) * 3e38 - 1e38],
    ['outliers', (i) => (i % 50 === 0 ? 1e30 * gauss() : gauss())],
    ['infinities', (i) => (i % 3 === 0 ? Infinity : i % 7 === 0 ? -Infinity : gauss())],
    ['the first are alike', (i) => (i < 2600 ? 1 : 2 + gauss())],
    ['rising', (i) => i],
    ['subnormal', (i) => i * 1.401298464324817e-45]
  ]
  for (const [name, draw] of cases) {
    for (const length of [1024, 1025, 4001, 5200]) {
      const values = Float32Array.from({ length }, (_, i) => draw(i))
      const sorted = values.slice().sort()
      const work = values.slice()
      t.equal(medianOf(work, length), (sorted[(length - 1) >> 1] + sorted[length >> 1]) / 2, `${length}, ${name}`)
      t.same(work.sort(), sorted, 'nothing is lost')
    }
  }
  t.end()
})

t.test('upper gamma: closed forms', (t) => {
  // Q(1, x) = exp(-x); Q(2, x) = (1 + x) exp(-x); Q(1/2, x) = erfc(sqrt x), erfc(1) = 0.15729920705028513.
  const cases: [number, number, number][] = [
    [1, 0.3, Math.exp(-0.3)],
    [1, 30, Math.exp(-30)],
    [2, 0.5, 1.5 * Math.exp(-0.5)],
    [2, 12, 13 * Math.exp(-12)],
    [0.5, 1, 0.15729920705028513],
    [0.25, 0, 1],
    [3, Infinity, 0]
  ]
  assertClose(
    t,
    cases.map(([a, x]) => upperGamma(a, x)),
    cases.map(([, , q]) => q),
    'Q(a, x)',
    { relative: 1e-12 }
  )
  t.end()
})

t.test('chi-square quantile: published limits of s / sigma and of z', (t) => {
  const ratio = (n: number, p: number): number => Math.sqrt(chiSquareQuantile(n - 1, p) / (n - 1))
  const sizes = [10, 20, 30, 50, 100, 200]
  // Tables of the chi-square distribution, four decimals.
  assertClose(
    t,
    sizes.map((n) => ratio(n, 1e-5)),
    [2.0907, 1.7377, 1.5917, 1.4507, 1.3135, 1.2192],
    '1e-5',
    { absolute: 6e-5 }
  )
  assertClose(
    t,
    sizes.map((n) => ratio(n, 1e-6)),
    [2.2314, 1.8307, 1.6654, 1.506, 1.3514, 1.2453],
    '1e-6',
    { absolute: 6e-5 }
  )
  assertClose(
    t,
    [20, 30, 50, 100].map((n) => ratio(n, 1 - 1e-6)),
    [0.3445, 0.4468, 0.5592, 0.6804],
    'low side',
    { absolute: 6e-5 }
  )
  assertClose(
    t,
    [5, 10, 20, 30, 50, 100].map((n) => ratio(n, 0.5)),
    [0.91606, 0.9628, 0.98242, 0.98849, 0.99319, 0.99663],
    'median',
    { absolute: 6e-6 }
  )
  const z = [1e-4, 1e-5, 1e-6, 1e-7].map((p) => Math.sqrt(chiSquareQuantile(1, p)))
  assertClose(t, z, [3.8906, 4.4172, 4.8916, 5.3267], 'two-sided z', { absolute: 6e-5 })
  // Two degrees: exp(-x / 2) = p.
  t.ok(Math.abs(chiSquareQuantile(2, 1e-6) + 2 * Math.log(1e-6)) < 1e-9, 'closed form for two degrees')
  t.end()
})
