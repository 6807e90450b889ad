import t from 'tap'
import { combineTile } from '../../../../lib/kernels/stack/combine-tile.js'
import type { CombinedMaps } from '../../../../lib/kernels/stack/combine-pixel.js'
import { assertClose } from '../../../fixtures/assert-close.js'
import { gaussianSource } from '../../../fixtures/gaussian-source.js'

const FLOOR = 0.5
const KAPPA = 4

function emptyMaps(pixels: number, frames: number): CombinedMaps {
  const map = (): Float32Array => new Float32Array(pixels)
  return {
    location: map(),
    locationErrors: map(),
    sd: map(),
    clippedSd: map(),
    maxStep: map(),
    evenHalf: map(),
    oddHalf: map(),
    rejected: new Float64Array(frames)
  }
}

const efficiency = new Float64Array(101).fill(1.5)

function run(mode: number, tile: Float32Array, frames: number, pixels: number): CombinedMaps {
  const maps = emptyMaps(pixels, frames)
  const plan = { mode, kappa: KAPPA, passes: 2, floor: FLOOR, clipCorrection: 0.99946, medianEfficiency: efficiency }
  combineTile(tile, new Float32Array(pixels), frames, pixels, plan, maps, 0, new Float64Array(frames))
  return maps
}

const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length
const sdOf = (values: number[]): number =>
  values.length < 2 ? 0 : Math.sqrt(values.reduce((a, v) => a + (v - mean(values)) ** 2, 0) / (values.length - 1))
const median = (values: number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2
}

/** The definition, in words of arrays: leave out NaN, clip about the median, then about the mean, of all values anew. */
function obvious(mode: number, column: number[]) {
  const present = column.map((value, frame) => ({ value, frame })).filter(({ value }) => !Number.isNaN(value))
  const values = present.map(({ value }) => value)
  let kept = present
  if (mode === 2) {
    let centre = median(values)
    let scale = 1.4826022185056018 * median(values.map((value) => Math.abs(value - centre)))
    for (let pass = 0; pass < 2; pass++) {
      kept = present.filter(({ value }) => Math.abs(value - centre) <= KAPPA * Math.max(FLOOR, scale))
      centre = mean(kept.map(({ value }) => value))
      scale = sdOf(kept.map(({ value }) => value))
    }
  }
  const keptValues = kept.map(({ value }) => value)
  const location = mode === 1 ? median(values) : mean(keptValues)
  const clippedSd = mode === 2 ? sdOf(keptValues) / 0.99946 : sdOf(values)
  const half = (parity: number): number => {
    const some = kept.filter(({ frame }) => frame % 2 === parity).map(({ value }) => value)
    return some.length > 0 ? mean(some) : location
  }
  return {
    location,
    clippedSd,
    sd: sdOf(values),
    locationErrors: clippedSd * Math.sqrt((mode === 1 ? 1.5 : 1) / keptValues.length),
    maxStep: values.reduce((most, value, k) => (k > 0 ? Math.max(most, Math.abs(value - values[k - 1])) : 0), 0),
    evenHalf: half(0),
    oddHalf: half(1),
    rejected: present.filter((one) => !kept.includes(one)).map(({ frame }) => frame)
  }
}

t.test('equals the definition for every combination, stack length and kind of noise', async (t) => {
  const gaussian = gaussianSource(7)
  for (const frames of [2, 3, 4, 7, 8, 9, 31, 32, 33, 100]) {
    const pixels = 300
    const tile = new Float32Array(pixels * frames)
    for (let p = 0; p < pixels; p++) {
      // Quiet, usual and loud pixels, integers (ties), with outliers in a third and values missing in a tenth of them.
      const sigma = [0.1, 1, 5, 100][p % 4]
      for (let k = 0; k < frames; k++) {
        const value = 300 + sigma * gaussian()
        tile[p * frames + k] = p % 8 < 4 ? value : Math.round(value)
      }
      if (p % 3 === 0) tile[p * frames + (p % frames)] += sigma * (3 + (p % 11))
      if (p % 10 === 0) tile[p * frames + ((p >> 1) % frames)] = NaN
    }
    for (const mode of [0, 1, 2]) {
      const maps = run(mode, tile, frames, pixels)
      const expected = Array.from({ length: pixels }, (_, p) => obvious(mode, Array.from(tile.subarray(p * frames, (p + 1) * frames))))
      for (const name of ['location', 'sd', 'clippedSd', 'locationErrors', 'maxStep', 'evenHalf', 'oddHalf'] as const) {
        // One rounding to float32 is 2^-24 relative; sums in another order add some 1e-13 of 300 DN absolute.
        assertClose(
          t,
          maps[name],
          expected.map((one) => one[name]),
          `${name}, mode ${mode}, ${frames} frames`,
          { relative: 2 ** -23, absolute: 1e-11 }
        )
      }
      const rejected = new Array<number>(frames).fill(0)
      for (const one of expected) for (const frame of one.rejected) rejected[frame]++
      t.same(Array.from(maps.rejected), rejected, `frames rejected, mode ${mode}, ${frames} frames`)
    }
  }
})

t.test('a pixel without values has no location and no noise', async (t) => {
  for (const mode of [0, 1, 2]) {
    const maps = run(mode, Float32Array.from([NaN, NaN, 4, NaN]), 2, 2)
    t.same([maps.location[0], maps.sd[0], maps.clippedSd[0]], [NaN, 0, 0], `none, mode ${mode}`)
    t.same([maps.location[1], maps.sd[1], maps.evenHalf[1], maps.oddHalf[1]], [4, 0, 4, 4], `one, mode ${mode}`)
  }
})

t.test('one frame is its own location', async (t) => {
  const maps = run(0, Float32Array.from([7]), 1, 1)
  t.same([maps.location[0], maps.sd[0], maps.evenHalf[0], maps.oddHalf[0]], [7, 0, 7, 0])
})
