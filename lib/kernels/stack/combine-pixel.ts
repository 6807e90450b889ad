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
  /** Receives the number of frames that were combined at each pixel; absent: not asked for. */
  readonly used?: Uint16Array
}

/** 1 / z(3/4): makes a MAD the sd of normal values. */
const CONSISTENCY = 1.4826022185056018

/**
 * Combine the frames of one pixel by the definition: leave out NaN, sort, clip; formulas and sums as in `combineTile`.
 * @param tile its deviations from the pivot, frame t at [from + t]
 * @param q pixel of the maps that receives the results
 * @param scratch as many values as frames, overwritten
 */
export function combinePixel(
  tile: Float32Array,
  from: number,
  pivot: number,
  frames: number,
  plan: CombinePlan,
  maps: CombinedMaps,
  q: number,
  scratch: Float64Array
): void {
  let valid = 0
  let even = 0
  let odd = 0
  let squares = 0
  let step = 0
  let previous = NaN
  for (let t = 0; t < frames; t++) {
    const value = tile[from + t]
    if (value !== value) continue
    if (t % 2 === 0) even += value
    else odd += value
    squares += value * value
    const jump = Math.abs(value - previous)
    if (jump > step) step = jump
    previous = value
    scratch[valid++] = value
  }
  if (valid === 0) {
    maps.location[q] = NaN
    return
  }
  const spread = spreadOf(valid, even + odd, squares)
  maps.sd[q] = spread
  maps.maxStep[q] = step
  let median = 0
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
    squares = 0
    keptEven = 0
    keptOdd = 0
    for (let t = 0; t < frames; t++) {
      const value = tile[from + t]
      if (!(Math.abs(value - centre) <= limit)) continue
      squares += value * value
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
    keptSpread = spreadOf(kept, even + odd, squares)
    if (pass === passes) {
      for (let t = 0; t < frames; t++) if (Math.abs(tile[from + t] - centre) > limit) maps.rejected[t]++
      break
    }
    centre = (even + odd) / kept
    limit = plan.kappa * Math.max(plan.floor, keptSpread)
  }
  const combined = plan.mode === 1 ? pivot + median : (kept * pivot + (even + odd)) / kept
  const single = plan.mode === 2 ? keptSpread / plan.clipCorrection : spread
  maps.location[q] = combined
  maps.clippedSd[q] = single
  maps.locationErrors[q] = plan.mode === 1 ? single * Math.sqrt(plan.medianEfficiency[valid] / kept) : single * (1 / Math.sqrt(kept))
  maps.evenHalf[q] = keptEven > 0 ? (keptEven * pivot + even) / keptEven : combined
  if (maps.used !== undefined) maps.used[q] = kept
  maps.oddHalf[q] = keptOdd > 0 ? (keptOdd * pivot + odd) / keptOdd : combined
}

/** Sd (ddof 1) of n values from their sum and that of their squares; 0 for one. */
function spreadOf(n: number, sum: number, squares: number): number {
  const variance = n > 1 ? (n * squares - sum * sum) / (n * (n - 1)) : 0
  return variance > 0 ? Math.sqrt(variance) : 0
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
