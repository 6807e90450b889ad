import fc from 'fast-check'
import t from 'tap'
import { countBelow } from '../../../calibration/stacks/count-below.js'
import { createStripCombiner } from '../../../calibration/stacks/create-strip-combiner.js'
import { measurePixels } from '../../../calibration/stacks/measure-pixels.js'
import { medianNetwork } from '../../../calibration/stacks/median-network.js'
import { resolveCombine } from '../../../calibration/stacks/resolve-combine.js'
import { stackRoom } from '../../../calibration/stacks/stack-room.js'
import { combineTile } from '../../../lib/kernels/stack/combine-tile.js'
import { countBelowU16 } from '../../../lib/kernels/stack/count-below-u16.js'
import { gatherTileU16 } from '../../../lib/kernels/stack/gather-tile-u16.js'
import { meanVarianceU16 } from '../../../lib/kernels/stack/mean-variance-u16.js'
import { measureFrameU16 } from '../../../lib/kernels/stack/measure-frame-u16.js'
import { medianU16 } from '../../../lib/kernels/stack/median-u16.js'
import { thirdLargestStep } from '../../../lib/kernels/stack/third-largest-step.js'
import { gaussianSource } from '../../fixtures/gaussian-source.js'

const seeded = { seed: 16, numRuns: 60 }
const kernelNames = ['location', 'locationErrors', 'sd', 'clippedSd', 'maxStep', 'evenHalf', 'oddHalf'] as const

interface Stack {
  readonly frames: Uint16Array[]
  readonly base: Float32Array
  readonly factors: Float64Array
  readonly shifts: Float64Array
  readonly combine: 'mean' | 'median' | 'clip'
  readonly saturation: number
  readonly thirdFloor: number | null
}

/** Quiet, usual and loud pixels, constant ones, any values at all, spikes: everything a proof may fail at. */
function makeStack({ count, pixels, seed, level, combine, saturation, third, odd }: Recipe): Stack {
  const gauss = gaussianSource(seed)
  const frames = Array.from({ length: count }, (_, t) =>
    Uint16Array.from({ length: pixels }, (_, p) => {
      const sigma = [0.2, 1, 5, 40, 300, 0, 20_000, 12][(p + seed) % 8]
      const spike = (p * 7 + t * 13 + seed) % 97 === 0 ? 50 * sigma : 0
      return Math.min(65_535, Math.max(0, Math.round(level + sigma * gauss() + spike)))
    })
  )
  const special = [NaN, Infinity, -Infinity, -0, 1e-42, 3e38]
  return {
    frames,
    base: Float32Array.from({ length: pixels }, (_, p) =>
      odd && p === pixels >> 1 ? special[seed % 6] : seed % 3 === 0 ? 0 : 100 * gauss()
    ),
    factors: Float64Array.from({ length: count }, () => (seed % 2 === 0 ? 1 : 1 + 0.02 * gauss())),
    shifts: Float64Array.from({ length: count }, () => (seed % 5 === 0 ? 0 : 3 * gauss())),
    combine,
    saturation,
    thirdFloor: third
  }
}

interface Recipe {
  readonly count: number
  readonly pixels: number
  readonly seed: number
  readonly level: number
  readonly combine: 'mean' | 'median' | 'clip'
  readonly saturation: number
  readonly third: number | null
  readonly odd: boolean
}

const recipes: fc.Arbitrary<Recipe> = fc.record({
  count: fc.integer({ min: 2, max: 70 }),
  pixels: fc.integer({ min: 1, max: 200 }),
  seed: fc.integer({ min: 0, max: 1e6 }),
  level: fc.constantFrom(0, 3, 3000, 40_000, 65_535),
  combine: fc.constantFrom('mean', 'median', 'clip'),
  saturation: fc.constantFrom(1, 3000.5, 65_535, 65_536, Infinity),
  third: fc.constantFrom(null, 0, 4),
  odd: fc.boolean()
})

/** The TypeScript kernels on the same stack. */
function byDefinition({ frames, base, factors, shifts, combine, saturation, thirdFloor }: Stack) {
  const n = frames.length
  const pixels = base.length
  const map = (): Float32Array => new Float32Array(pixels)
  const maps = {
    location: map(),
    locationErrors: map(),
    sd: map(),
    clippedSd: map(),
    maxStep: map(),
    evenHalf: map(),
    oddHalf: map(),
    rejected: new Float64Array(n),
    used: new Uint16Array(pixels)
  }
  const changed = new Uint8Array(pixels)
  const saturated = new Uint16Array(pixels)
  const tile = new Float32Array(pixels * n)
  const pivots = map()
  for (let k = 0; k < n; k++) {
    const scale = Math.fround(1 / factors[k])
    gatherTileU16(
      frames[k],
      frames[0],
      0,
      base,
      0,
      pixels,
      scale,
      Math.fround(shifts[k]),
      saturation,
      tile,
      pivots,
      n,
      k,
      changed,
      saturated,
      0
    )
  }
  combineTile(tile, pivots, n, pixels, resolveCombine(combine, n).plan, maps, 0, new Float64Array(n))
  const third = map()
  if (thirdFloor !== null) thirdLargestStep(tile, n, pixels, maps.sd, thirdFloor, third, 0)
  return { ...maps, changed, saturated, third }
}

const bits = (values: Float32Array): number[] => Array.from(new Uint32Array(values.slice().buffer))

t.test('a strip has the bits of the TypeScript kernels, whatever its pixels hold', async (t) => {
  let compared = 0
  let refused = 0
  fc.assert(
    fc.property(recipes, (recipe) => {
      const stack = makeStack(recipe)
      const { plan } = resolveCombine(stack.combine, stack.frames.length)
      const combiner = createStripCombiner({ ...stack, frames: stack.frames.length, plan })!
      const strip = combiner.combine(stack.frames, 0, stack.base, 0, stack.base.length)
      if (strip === null) {
        // Only what is not finite goes back to the TypeScript kernels: in float32, a base of 3e38 is no more than far away.
        refused++
        return stack.base.some((value) => !Number.isFinite(value))
      }
      compared++
      const expected = byDefinition(stack)
      kernelNames.forEach((name, k) => t.strictSame(bits(strip.maps[k]), bits(expected[name])) || fail(name))
      if (stack.thirdFloor !== null) t.strictSame(bits(strip.maps[7]), bits(expected.third)) || fail('third step')
      t.strictSame(Array.from(strip.changed), Array.from(expected.changed)) || fail('changed')
      t.strictSame(Array.from(strip.saturated), Array.from(expected.saturated)) || fail('saturated')
      t.strictSame(Array.from(strip.rejected), Array.from(expected.rejected)) || fail('rejected')
      t.strictSame(Array.from(strip.used), Array.from(expected.used)) || fail('used')
      return true
    }),
    seeded
  )
  t.ok(compared > 30 && refused > 5, `${compared} compared, ${refused} refused`)
})

function fail(name: string): never {
  throw new Error(`${name} differs`)
}

t.test('long stacks and odd places: more frames than insertion sorts, parts of a band, several strips', async (t) => {
  for (const count of [2, 3, 150, 300, 1101]) {
    const stack = makeStack({ count, pixels: 333, seed: 5 + count, level: 9000, combine: 'clip', saturation: 60_000, third: 1, odd: false })
    const { plan } = resolveCombine('clip', count)
    const expected = byDefinition(stack)
    const combiner = createStripCombiner({ ...stack, frames: count, plan })!
    const location = new Float32Array(333)
    const rejected = new Float64Array(count)
    for (let start = 0; start < 333; start += 37) {
      const strip = combiner.combine(stack.frames, start, stack.base, start, Math.min(37, 333 - start))!
      location.set(strip.maps[0], start)
      strip.rejected.forEach((pixels, k) => (rejected[k] += pixels))
    }
    t.strictSame(bits(location), bits(expected.location), `${count} frames`)
    t.strictSame(Array.from(rejected), Array.from(expected.rejected), `${count} frames, rejected`)
  }
})

t.test('known answers: one spike among quiet frames is clipped, a median ignores it, a mean does not', async (t) => {
  // 31 frames alternate 99 and 101, the last but one is 1099: mean, median and clipped mean follow by hand.
  const frames = Array.from({ length: 32 }, (_, k) => Uint16Array.of(k === 30 ? 1099 : k % 2 === 0 ? 99 : 101))
  const at = (combine: 'mean' | 'median' | 'clip') => {
    const { plan } = resolveCombine(combine, 32)
    const given = { frames: 32, plan, factors: new Float64Array(32).fill(1), shifts: new Float64Array(32), saturation: 1000, thirdFloor: 0 }
    return createStripCombiner(given)!.combine(frames, 0, Float32Array.of(9), 0, 1)!
  }
  // 15 * 99 + 16 * 101 + 1099 = 4200
  t.equal(at('mean').maps[0][0], Math.fround(4200 / 32 - 9))
  t.equal(at('median').maps[0][0], 101 - 9)
  t.equal(at('clip').maps[0][0], Math.fround(3101 / 31 - 9))
  const { maps, rejected, saturated, changed } = at('clip')
  // steps of the spike: 998 up and down; every other is 2
  t.same([maps[4][0], maps[7][0], maps[5][0], maps[6][0]], [998, 2, 90, 92])
  t.same([rejected[30], rejected.reduce((a, b) => a + b), saturated[0], changed[0]], [1, 1, 1, 1])
})

t.test('stacks for which there is no strip', async (t) => {
  const common = { factors: Float64Array.of(1), shifts: Float64Array.of(0), saturation: 100, thirdFloor: null }
  t.equal(createStripCombiner({ ...common, frames: 1, plan: resolveCombine('mean', 1).plan }), null, 'one frame')
  t.equal(createStripCombiner({ ...common, frames: 2000, plan: resolveCombine('median', 2000).plan }), null, 'no network')
  t.equal(createStripCombiner({ ...common, saturation: -1, frames: 2, plan: resolveCombine('mean', 2).plan }), null, 'no such level')
  t.equal(createStripCombiner({ ...common, frames: 20, plan: { ...resolveCombine('clip', 20).plan, kappa: 0.5 } }), null, 'a narrow clip')
})

t.test('figures of a frame are those of the TypeScript kernel', async (t) => {
  const given = (pixels: Uint16Array, near: number, saturation: number, name: string): void => {
    const out = new Float64Array(9)
    const expected = new Float64Array(9)
    measurePixels(pixels, near, saturation, out)
    measureFrameU16(pixels, near, saturation, expected)
    t.strictSame(Array.from(out), Array.from(expected), name)
  }
  const random = gaussianSource(3)
  const noise = (length: number): Uint16Array => Uint16Array.from({ length }, () => Math.min(65_535, Math.max(0, 60_000 + 3000 * random())))
  for (const length of [1, 7, 8, 9, 65_535, 65_536, 65_537, 150_001]) given(noise(length), 62_258.25, 65_535, `${length} pixels`)
  given(new Uint16Array(140_000).fill(65_535), 0.95 * 65_535, 65_535, 'all saturated')
  given(new Uint16Array(140_000), Infinity, Infinity, 'all zero')
  given(
    Uint16Array.from({ length: 140_000 }, (_, i) => (i % 2) * 65_535),
    65_534.5,
    0.5,
    'extremes'
  )
  given(noise(100), 70_000, 70_000, 'no value reaches the level')
  given(noise(100), -1, -1, 'levels below all values')
  const [sum, squares, pivot] = [1 + 2 + 3, 1 + 4, 1]
  const out = new Float64Array(9)
  measurePixels(Uint16Array.of(1, 2, 3), 1.5, 3, out)
  t.same(Array.from(out), [sum, squares, pivot, 1, 3, 1, 2, 0, 1], 'by hand')
})

t.test('pixels below a map are counted as by the TypeScript kernel', async (t) => {
  const random = gaussianSource(9)
  for (const length of [1, 8, 13, 65_536, 70_003]) {
    const pixels = Uint16Array.from({ length }, () => 1000 + 10 * random())
    const map = Float32Array.from({ length }, (_, i) => (i % 50 === 0 ? NaN : i % 51 === 0 ? Infinity : 1000 + 10 * random()))
    t.equal(countBelow(pixels, map), countBelowU16(pixels, map), `${length}`)
    t.equal(countBelow(Float32Array.from(pixels), map), countBelowU16(pixels, map), `${length}, float`)
  }
})

t.test('mean, variance and median of u16 stacks: the bits of the TypeScript kernels, and known answers', async (t) => {
  for (const count of [2, 3, 8, 17, 32, 33, 64]) {
    const pixels = 100
    const stack = makeStack({ count, pixels, seed: count, level: 30_000, combine: 'mean', saturation: 1, third: null, odd: false })
    // pixel 0: 1 to n in another order, of which everything is known; pixel 1 and 2: the ends of the range
    for (let k = 0; k < count; k++) stack.frames[k].set([1 + ((k * 5 + 1) % count), 65_535, (k % 2) * 65_535])
    const stride = 320
    const network = medianNetwork(count)!
    const { kernels, start, buffer } = stackRoom(2 ** 20)!
    const [meanAt, varianceAt, medianAt, networkAt, scratchAt] = [0, 1, 2, 3, 8].map((k) => start + stride * count + k * 2 ** 14)
    stack.frames.forEach((frame, k) => new Uint16Array(buffer, start + k * stride, pixels).set(frame))
    new Uint32Array(buffer, networkAt, network.length).set(network.map(([low, high]) => low * 16 + high * 16 * 65_536))
    kernels.meanVarianceU16(start, stride, count, pixels, meanAt, varianceAt, scratchAt)
    kernels.medianU16(start, stride, count, pixels, networkAt, network.length, medianAt, scratchAt)
    const [mean, variance, median] = [0, 1, 2].map(() => new Float32Array(pixels))
    meanVarianceU16(stack.frames, 0, mean, variance)
    medianU16(stack.frames, 0, median)
    const view = (at: number): number[] => bits(new Float32Array(buffer, at, pixels))
    t.strictSame(view(meanAt), bits(mean), `mean of ${count}`)
    t.strictSame(view(varianceAt), bits(variance), `variance of ${count}`)
    t.strictSame(view(medianAt), bits(median), `median of ${count}`)
    const known = [(count + 1) / 2, count > 1 ? (count * (count + 1)) / 12 : 0, (count + 1) / 2]
    t.same([mean[0], variance[0], median[0]], known.map(Math.fround), `1 to ${count}`)
    t.same([mean[1], variance[1], median[1]], [65_535, 0, 65_535], 'the largest value')
    if (count % 2 === 0) t.same([mean[2], median[2]], [32_767.5, 32_767.5], 'both ends')
  }
})

t.test('the network brings the middle of every length to its place', async (t) => {
  t.equal(medianNetwork(1025), null)
  const random = gaussianSource(1)
  for (let n = 1; n < 70; n++) {
    const network = medianNetwork(n)!
    for (let run = 0; run < 20; run++) {
      const values = Array.from({ length: n }, () => Math.round(3 * random()))
      const sorted = [...values].sort((a, b) => a - b)
      for (const [low, high] of network)
        [values[low], values[high]] = [Math.min(values[low], values[high]), Math.max(values[low], values[high])]
      const middle = [(n - 1) >> 1, n >> 1]
      if (!middle.every((k) => values[k] === sorted[k])) t.fail(`${n} values`)
    }
  }
})

t.test('where there is no room the TypeScript kernels serve', async (t) => {
  const stackRoom = { '../../../calibration/stacks/stack-room.js': { stackRoom: () => null } }
  const load = async <T>(name: string): Promise<T> => t.mockImport<T>(`../../../calibration/stacks/${name}.js`, stackRoom)
  const { countBelow: below } = await load<{ countBelow: typeof countBelow }>('count-below')
  const { measurePixels: measure } = await load<{ measurePixels: typeof measurePixels }>('measure-pixels')
  const { createStripCombiner: create } = await load<{ createStripCombiner: typeof createStripCombiner }>('create-strip-combiner')
  const { forEachStrip } = await load<{ forEachStrip: (...given: unknown[]) => boolean }>('for-each-strip')
  t.equal(below(Uint16Array.of(1, 2, 3), Float32Array.of(2, 2, 2)), 1)
  const out = new Float64Array(9)
  measure(Uint16Array.of(1, 2, 3), 1.5, 3, out)
  t.same(Array.from(out), [6, 5, 1, 1, 3, 1, 2, 0, 1])
  const given = { factors: Float64Array.of(1, 1), shifts: Float64Array.of(0, 0), saturation: 100, thirdFloor: null }
  t.equal(create({ ...given, frames: 2, plan: resolveCombine('mean', 2).plan }), null)
  t.equal(
    forEachStrip([Uint16Array.of(1)], [], new Uint32Array(0), () => t.fail('nothing is run')),
    false
  )
})

t.test('room grows when it must, in another memory, and the views of the old one stay what they are', async (t) => {
  const first = stackRoom(100)!
  const view = new Uint8Array(first.buffer, first.start, 100).fill(7)
  const second = stackRoom(2 ** 22)!
  t.equal(stackRoom(100), second, 'it is kept')
  t.ok(second.buffer.byteLength >= 2 ** 22)
  t.ok(view.length === 100 && view.every((value) => value === 7), 'nothing was detached')
  t.notOk(second.buffer instanceof SharedArrayBuffer)
  t.equal(stackRoom(2 ** 34), null)
  t.equal(stackRoom(100), second, 'and still is when there is not as much')
})
