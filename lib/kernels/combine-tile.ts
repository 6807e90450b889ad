/** How a tile is combined. Plain numbers, made once per stack. */
export interface CombinePlan {
  /** 0 mean, 1 median, 2 sigma-clipped mean. */
  readonly mode: number
  /** Sigma beyond which a value is clipped (mode 2). */
  readonly kappa: number
  /** Clipping passes (mode 2), 1 or more. */
  readonly passes: number
  /** Smallest scale that clipping believes, DN (mode 2). */
  readonly floor: number
  /** What the sd of the values that clipping kept is divided by (1.3 of the clipping tables: 0.99946 at kappa 4). */
  readonly clipCorrection: number
  /** Variance factor of the median of m values over that of their mean at [m] (mode 1). */
  readonly medianEfficiency: Float64Array
}

/** Maps that receive the results, DN; `rejected` counts the clipped pixels of each frame. */
export interface CombinedMaps {
  readonly location: Float32Array
  readonly locationErrors: Float32Array
  readonly sd: Float32Array
  readonly clippedSd: Float32Array
  readonly maxStep: Float32Array
  readonly evenHalf: Float32Array
  readonly oddHalf: Float32Array
  readonly rejected: Float64Array
}

/**
 * Combine the frames of every pixel of a tile: location, its one-sigma, unclipped and clipped sd (ddof 1), largest step
 * between consecutive frames, means of the even and of the odd frames. All sums in float64 and in frame order, so a
 * result does not depend on where its tile begins. NaN marks a value that is left out; a pixel without values gets
 * the location NaN and zeros.
 *
 * Clipping starts at the median with 1.4826 * MAD, then goes on with mean and sd of what was kept, each pass judging all
 * values anew. Most pixels have nothing to clip, and that is proved without sorting: the median is bracketed by counting,
 * and when fewer than half of the values lie closer to the bracket than x, then MAD >= x.
 * @param tile value of pixel p in frame t at [p * frames + t]
 * @param frames frames in the tile
 * @param count pixels in the tile
 * @param start pixel of the maps that belongs to pixel 0 of the tile
 * @param scratch as many values as frames, overwritten
 */
export function combineTile(
  tile: Float64Array,
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
  const { location, locationErrors, sd, clippedSd, maxStep, evenHalf, oddHalf } = maps
  const evenCount = (frames + 1) >> 1
  const oddCount = frames >> 1
  const divisor = frames > 1 ? frames - 1 : 1
  const half = frames / 2
  const meanError = 1 / Math.sqrt(frames)
  for (let p = 0; p < count; p++) {
    const from = p * frames
    const to = from + frames
    let even = 0
    let odd = 0
    for (let k = from; k < to; k += 2) even += tile[k]
    for (let k = from + 1; k < to; k += 2) odd += tile[k]
    const mean = (even + odd) / frames
    if (mode === 1 || mean !== mean) {
      combinePixel(tile, from, frames, plan, maps, start + p, scratch)
      continue
    }
    let squares = 0
    let lowest = mean
    let highest = mean
    let below = 0
    let above = 0
    let step = 0
    let previous = tile[from]
    for (let k = from; k < to; k++) {
      const value = tile[k]
      const apart = value - mean
      squares += apart * apart
      if (value < lowest) lowest = value
      if (value > highest) highest = value
      below += Number(apart < 0)
      above += Number(apart > 0)
      const jump = Math.abs(value - previous)
      if (jump > step) step = jump
      previous = value
    }
    const spread = Math.sqrt(squares / divisor)
    if (mode === 2 && highest - lowest > floorLimit) {
      const low = above > half ? mean : mean - (below > half ? bracket : 0.5 * bracket) * spread
      const high = below > half ? mean : mean + (above > half ? bracket : 0.5 * bracket) * spread
      const limit = kappa * spread
      const keepsAll =
        highest - mean <= limit && mean - lowest <= limit && provesAllKept(tile, from, to, low, high, lowest, highest, reach)
      if (!keepsAll) {
        combinePixel(tile, from, frames, plan, maps, start + p, scratch)
        continue
      }
    }
    const q = start + p
    const single = mode === 2 ? spread / clipCorrection : spread
    location[q] = mean
    locationErrors[q] = single * meanError
    sd[q] = spread
    clippedSd[q] = single
    maxStep[q] = step
    evenHalf[q] = even / evenCount
    oddHalf[q] = oddCount > 0 ? odd / oddCount : 0
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
  tile: Float64Array,
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

/** The long way, for one pixel: leaves out NaN, sorts, clips. */
function combinePixel(
  tile: Float64Array,
  from: number,
  frames: number,
  plan: CombinePlan,
  maps: CombinedMaps,
  q: number,
  scratch: Float64Array
): void {
  let valid = 0
  let even = 0
  let odd = 0
  let step = 0
  let previous = NaN
  for (let t = 0; t < frames; t++) {
    const value = tile[from + t]
    if (value !== value) continue
    if (t % 2 === 0) even += value
    else odd += value
    const jump = Math.abs(value - previous)
    if (jump > step) step = jump
    previous = value
    scratch[valid++] = value
  }
  if (valid === 0) {
    maps.location[q] = NaN
    return
  }
  const mean = (even + odd) / valid
  let squares = 0
  for (let k = 0; k < valid; k++) squares += (scratch[k] - mean) * (scratch[k] - mean)
  const spread = valid > 1 ? Math.sqrt(squares / (valid - 1)) : 0
  maps.sd[q] = spread
  maps.maxStep[q] = step
  let median = mean
  let limit = Infinity
  if (plan.mode > 0) {
    sortStart(scratch, valid)
    median = (scratch[(valid - 1) >> 1] + scratch[valid >> 1]) / 2
  }
  if (plan.mode === 2) limit = plan.kappa * Math.max(plan.floor, CONSISTENCY * deviationOfSorted(scratch, valid, median))
  let centre = median
  let keptEven = 0
  let keptOdd = 0
  let kept = 0
  let keptSpread = spread
  const passes = plan.mode === 2 ? plan.passes : 1
  for (let pass = 1; ; pass++) {
    even = 0
    odd = 0
    keptEven = 0
    keptOdd = 0
    for (let t = 0; t < frames; t++) {
      const value = tile[from + t]
      if (!(Math.abs(value - centre) <= limit)) continue
      if (t % 2 === 0) {
        even += value
        keptEven++
      } else {
        odd += value
        keptOdd++
      }
    }
    kept = keptEven + keptOdd
    if (plan.mode < 2) break
    const keptMean = (even + odd) / kept
    squares = 0
    for (let t = 0; t < frames; t++) {
      const value = tile[from + t]
      if (Math.abs(value - centre) <= limit) squares += (value - keptMean) * (value - keptMean)
    }
    keptSpread = kept > 1 ? Math.sqrt(squares / (kept - 1)) : 0
    if (pass === passes) {
      for (let t = 0; t < frames; t++) if (Math.abs(tile[from + t] - centre) > limit) maps.rejected[t]++
      break
    }
    centre = keptMean
    limit = plan.kappa * Math.max(plan.floor, keptSpread)
  }
  const combined = plan.mode === 1 ? median : (even + odd) / kept
  const single = plan.mode === 2 ? keptSpread / plan.clipCorrection : spread
  maps.location[q] = combined
  maps.clippedSd[q] = single
  maps.locationErrors[q] = single * Math.sqrt((plan.mode === 1 ? plan.medianEfficiency[valid] : 1) / kept)
  maps.evenHalf[q] = keptEven > 0 ? even / keptEven : combined
  maps.oddHalf[q] = keptOdd > 0 ? odd / keptOdd : combined
}

/** Sort the first `length` values: insertion for the usual stacks, the engine's own sort beyond. */
function sortStart(values: Float64Array, length: number): void {
  if (length > 64) {
    values.subarray(0, length).sort()
    return
  }
  for (let i = 1; i < length; i++) {
    const value = values[i]
    let k = i - 1
    for (; k >= 0 && values[k] > value; k--) values[k + 1] = values[k]
    values[k + 1] = value
  }
}

/** Median absolute deviation of sorted values from their median: the two halves are merged from the middle outwards. */
function deviationOfSorted(sorted: Float64Array, length: number, median: number): number {
  let low = (length - 1) >> 1
  let high = low + 1
  let last = 0
  let before = 0
  for (let k = 0; k <= length >> 1; k++) {
    before = last
    const down = low >= 0 ? median - sorted[low] : Infinity
    const up = high < length ? sorted[high] - median : Infinity
    if (down <= up) {
      last = down
      low--
    } else {
      last = up
      high++
    }
  }
  return length % 2 === 1 ? last : (before + last) / 2
}
