import { combinePixel } from './combine-pixel.js'
import type { CombinedMaps, CombinePlan } from './combine-pixel.js'

/**
 * Combine the frames of every pixel of a tile: location, its one-sigma, unclipped and clipped sd (ddof 1), largest step
 * between consecutive frames, means of the even and of the odd frames. The tile holds deviations from a pivot near the values;
 * all sums are float64 in frame order, so a result does not depend on where its tile begins: with E and O the sums over even
 * and odd frames, S = E + O and Q that of the squares, mean = (n * pivot + S) / n and variance = (n * Q - S^2) / (n * (n - 1)).
 * NaN marks a value that is left out; a pixel without values gets the location NaN and zeros.
 *
 * Clipping starts at the median with 1.4826 * MAD, then goes on with mean and sd of what was kept, each pass judging all
 * values anew. Most pixels have nothing to clip, and that is proved without sorting: the median is bracketed by counting,
 * and when fewer than half of the values lie closer to the bracket than x, then MAD >= x.
 * @param tile deviation of pixel p in frame t at [p * frames + t]
 * @param pivots what the deviations of pixel p refer to
 * @param frames frames in the tile
 * @param count pixels in the tile
 * @param start pixel of the maps that belongs to pixel 0 of the tile
 * @param scratch as many values as frames, overwritten
 */
export function combineTile(
  tile: Float32Array,
  pivots: Float32Array,
  frames: number,
  count: number,
  plan: CombinePlan,
  maps: CombinedMaps,
  start: number,
  scratch: Float64Array
): void {
  const mode = plan.mode
  const reach = plan.kappa * CONSISTENCY
  const floorLimit = plan.kappa * plan.floor
  const kappa = plan.kappa
  const clipCorrection = plan.clipCorrection
  const bracket = 1.6 / Math.sqrt(frames)
  const { location, locationErrors, sd, clippedSd, maxStep, evenHalf, oddHalf, used } = maps
  const evenCount = (frames + 1) >> 1
  const oddCount = frames >> 1
  const pairs = frames > 1 ? frames * (frames - 1) : 1
  const half = frames / 2
  const meanError = 1 / Math.sqrt(frames)
  for (let p = 0; p < count; p++) {
    const from = p * frames
    const to = from + frames
    let even = 0
    let odd = 0
    let squares = 0
    let lowest = 0
    let highest = 0
    let step = 0
    let previous = tile[from]
    for (let k = from; k < to; k++) {
      const value = tile[k]
      if (((k - from) & 1) === 0) even += value
      else odd += value
      squares += value * value
      if (value < lowest) lowest = value
      if (value > highest) highest = value
      const jump = Math.abs(value - previous)
      if (jump > step) step = jump
      previous = value
    }
    const pivot = pivots[p]
    if (mode === 1 || squares - squares !== 0) {
      combinePixel(tile, from, pivot, frames, plan, maps, start + p, scratch)
      continue
    }
    const sum = even + odd
    const mean = sum / frames
    const variance = (frames * squares - sum * sum) / pairs
    const spread = variance > 0 ? Math.sqrt(variance) : 0
    if (mode === 2 && highest - lowest > floorLimit) {
      let below = 0
      let above = 0
      for (let k = from; k < to; k++) {
        below += Number(tile[k] < mean)
        above += Number(tile[k] > mean)
      }
      const low = above > half ? mean : mean - (below > half ? bracket : 0.5 * bracket) * spread
      const high = below > half ? mean : mean + (above > half ? bracket : 0.5 * bracket) * spread
      const limit = kappa * spread
      const keepsAll = highest - mean <= limit && mean - lowest <= limit && provesAllKept(tile, from, to, low, high, lowest, highest, reach)
      if (!keepsAll) {
        combinePixel(tile, from, pivot, frames, plan, maps, start + p, scratch)
        continue
      }
    }
    const q = start + p
    const single = mode === 2 ? spread / clipCorrection : spread
    location[q] = (frames * pivot + sum) / frames
    locationErrors[q] = single * meanError
    sd[q] = spread
    clippedSd[q] = single
    maxStep[q] = step
    evenHalf[q] = (evenCount * pivot + even) / evenCount
    if (used !== undefined) used[q] = frames
    oddHalf[q] = oddCount > 0 ? (oddCount * pivot + odd) / oddCount : 0
  }
}

/** 1 / z(3/4): makes a MAD the sd of normal values. */
const CONSISTENCY = 1.4826022185056018
/** Covers the rounding of the proof, so that it never accepts what the long way would clip. */
const SAFETY = 1 + 1e-9

/** Times that the bracket of the median is halved, or moved, before the long way is shorter. */
const ROUNDS = 6

/**
 * True when clipping about the median surely keeps all values. The farthest value lies at most D off any point of the
 * bracket; it is kept when MAD >= x = D / (kappa * 1.4826), and that holds when fewer than half of the values lie within x of
 * the bracket. When more do, the bracket may be too wide: it is halved.
 */
function provesAllKept(
  tile: Float32Array,
  from: number,
  to: number,
  low: number,
  high: number,
  lowest: number,
  highest: number,
  reach: number
): boolean {
  const half = (to - from) / 2
  for (let round = 0; round < ROUNDS; round++) {
    const farthest = highest - low > high - lowest ? highest - low : high - lowest
    const middle = (low + high) / 2
    const width = high - low
    const inner = width / 2 + (farthest / reach) * SAFETY
    let under = 0
    let over = 0
    let inside = 0
    let upper = 0
    for (let k = from; k < to; k++) {
      const value = tile[k]
      under += Number(value < low)
      over += Number(value > high)
      upper += Number(value > middle)
      inside += Number(Math.abs(value - middle) < inner)
    }
    if (under >= half || over >= half) {
      // At exactly half, the edge lies between the two middle values of an even number: both belong into the bracket.
      if (under > half) high = low
      if (over > half) low = high
      if (under >= half) low -= width
      else high += width
    } else if (inside < half) {
      return true
    } else {
      // An even split: the two middle values stand on either side, and the bracket shrinks from both.
      low = upper > half ? middle : upper < half ? low : (low + middle) / 2
      high = upper < half ? middle : upper > half ? high : (high + middle) / 2
    }
  }
  return false
}
