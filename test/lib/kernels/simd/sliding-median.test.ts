import fc from 'fast-check'
import t from 'tap'
import { medianFilter } from '../../../../lib/kernels/median/median-filter.js'
import { scratchMemory } from '../../../../lib/kernels/simd/scratch-memory.js'
import { slidingMedian } from '../../../../lib/kernels/median/sliding-median.js'
import { gaussianSource } from '../../../fixtures/gaussian-source.js'

interface Map {
  readonly values: Float32Array
  readonly excluded: Uint8Array
  readonly rows: number
  readonly cols: number
}

const SPECIAL = [NaN, Infinity, -Infinity, -0, 0, 1.401298464324817e-45, -1e-40, 3.4028234663852886e38, -3.4028234663852886e38]

/** Values with ties or without, some that only float32 has, on a view that does not begin its buffer. */
function drawMap(rows: number, cols: number, seed: number, share: number, special: number, step: number): Map {
  const gauss = gaussianSource(seed)
  const values = new Float32Array(rows * cols + 3).subarray(3)
  // Gaussian quantile by the share: the integral from -x to x is about 0.8 x for small x, and all for 9.
  const limit = share > 0.99 ? 9 : share * 1.25
  for (let i = 0; i < values.length; i++) {
    const value = gauss()
    const isSpecial = Math.abs(gauss()) < special * 1.25
    values[i] = isSpecial
      ? SPECIAL[Math.floor(Math.abs(value) * 1e6) % SPECIAL.length]
      : step === 0
        ? value
        : Math.round(value / step) * step
  }
  return { values, excluded: Uint8Array.from(values, () => (Math.abs(gauss()) < limit ? 255 : 0)), rows, cols }
}

/** The obvious way: collect the window, sort it (-0 before 0), take the middle. */
function sortedMedian({ values, excluded, rows, cols }: Map, row: number, col: number, a: number, b: number): number {
  const window: number[] = []
  for (let r = Math.max(0, row - a); r <= Math.min(rows - 1, row + a); r++) {
    for (let c = Math.max(0, col - b); c <= Math.min(cols - 1, col + b); c++) {
      const i = r * cols + c
      if (excluded[i] === 0 && !Number.isNaN(values[i])) window.push(values[i])
    }
  }
  window.sort((x, y) => x - y || 1 / x - 1 / y || 0)
  const n = window.length
  return n === 0 ? NaN : n % 2 === 1 ? window[(n - 1) / 2] : Math.fround((window[n / 2 - 1] + window[n / 2]) / 2)
}

function firstDifference(map: Map, a: number, b: number): string | null {
  const { values, excluded, rows, cols } = map
  const [ours, reference] = [new Float32Array(values.length), new Float32Array(values.length)]
  medianFilter(values, excluded, rows, cols, a, b, ours)
  slidingMedian(values, excluded, rows, cols, a, b, reference)
  for (let i = 0; i < ours.length; i++) {
    if (!Object.is(ours[i], reference[i])) return `${rows} x ${cols}, radii ${a}, ${b}, place ${i}: ${ours[i]}, TypeScript ${reference[i]}`
  }
  // Sorting is slow: places spread over the map, the last one among them.
  for (let k = 0; k < 40; k++) {
    const i = values.length - 1 - ((k * 7919) % values.length)
    const sorted = sortedMedian(map, Math.floor(i / cols), i % cols, a, b)
    if (!Object.is(ours[i], sorted)) return `${rows} x ${cols}, radii ${a}, ${b}, place ${i}: ${ours[i]}, sorted ${sorted}`
  }
  return null
}

// First, while no memory is open.
t.test('without WebAssembly the TypeScript kernel serves', (t) => {
  const engine = Object.getOwnPropertyDescriptor(globalThis, 'WebAssembly')!
  t.teardown(() => Object.defineProperty(globalThis, 'WebAssembly', engine))
  Object.defineProperty(globalThis, 'WebAssembly', { ...engine, value: undefined })
  t.equal(scratchMemory(64), null)
  t.equal(firstDifference(drawMap(20, 30, 1, 0.1, 0.1, 0), 4, 4), null)
  t.end()
})

t.test('without more memory the TypeScript kernel serves', (t) => {
  const { WebAssembly: engine } = globalThis as unknown as { WebAssembly: { Memory: { prototype: { grow: unknown } } } }
  t.intercept(engine.Memory.prototype, 'grow', {
    value: () => {
      throw new RangeError('no more')
    }
  })
  t.equal(scratchMemory(200_000), null)
  t.equal(firstDifference(drawMap(20, 30, 1, 0.1, 0.1, 0), 4, 4), null)
  t.end()
})

t.test('scratch memory: grows, stays in place while it does not, and has its limit', (t) => {
  const small = scratchMemory(1000)!
  t.equal(small.start % 64, 0)
  t.equal(scratchMemory(500)!.start, small.start, 'the same bytes')
  const large = scratchMemory(200_000)!
  t.ok(large.start + 200_000 <= large.buffer.byteLength)
  t.equal(scratchMemory(2 ** 26 + 1), null, 'more than 64 MB')
  t.end()
})

t.test('sliding median: both kernels and sorting give the same bits', (t) => {
  const maps = fc.record({
    rows: fc.integer({ min: 1, max: 130 }),
    cols: fc.integer({ min: 1, max: 140 }),
    a: fc.oneof(fc.integer({ min: 0, max: 12 }), fc.constantFrom(4, 10, 60)),
    b: fc.oneof(fc.integer({ min: 0, max: 12 }), fc.constantFrom(4, 10, 60)),
    seed: fc.nat(1e6),
    share: fc.constantFrom(0, 0.01, 0.3, 0.9, 1),
    special: fc.constantFrom(0, 0.01, 0.5),
    step: fc.constantFrom(0, 0.5, 4)
  })
  fc.assert(
    fc.property(maps, ({ rows, cols, a, b, seed, share, special, step }) => {
      const difference = firstDifference(drawMap(rows, cols, seed, share, special, step), a, b)
      if (difference !== null) throw new Error(difference)
    }),
    { seed: 4, numRuns: 60 }
  )
  t.end()
})

t.test('sliding median: bands of rows meet without a seam', (t) => {
  // Bands are of 192 rows: three of them, the last one of 3 rows; one of a single row; and one that all margins reach beyond.
  for (const [rows, cols, a, b] of [
    [387, 21, 10, 3],
    [193, 70, 4, 4],
    [200, 9, 60, 60]
  ]) {
    for (const seed of [1, 2]) t.equal(firstDifference(drawMap(rows, cols, seed, 0.05 * seed, 0.05, 0), a, b), null, `${rows} x ${cols}`)
  }
  t.end()
})

t.test('sliding median: constant maps, and one value', (t) => {
  const [rows, cols] = [100, 130]
  for (const value of [0, -0, 7.25, -Infinity, NaN]) {
    const out = new Float32Array(rows * cols)
    medianFilter(new Float32Array(out.length).fill(value), new Uint8Array(out.length), rows, cols, 4, 4, out)
    t.ok(
      out.every((median) => Object.is(median, value)),
      `all ${value}`
    )
  }
  t.end()
})
