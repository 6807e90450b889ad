// AssemblyScript. What clipping about the median keeps of eight pixels of a tile: a proof that it is everything, for most, and the
// clipping itself for the others. Medians are found by counting: no order is made of what is only asked for its middle.

import { CONSISTENCY, DEVIATION, HIGH, HIGHEST, LOW, LOWEST, MEAN, MIDDLE, PIVOT, PLACES, TILE, UNITS, UPPER } from './tile.as'

/** Places that are tried before a proof, and how far apart the first two are, in errors of the mean. */
const ROUNDS: i32 = 4
const STEPS: f32 = 1.2
/** Below and above all values of a copy. */
const LIMIT: i16 = 16010

/** Four values as 16-bit integers in the low halves of the lanes: adding 1.5 * 2^23 leaves them there. */
// @ts-expect-error a decorator of AssemblyScript
@inline
function asInteger(v: v128): v128 {
  return f32x4.add(v, f32x4.splat(12582912))
}
// @ts-expect-error a decorator of AssemblyScript
@inline
function join(a: v128, b: v128): v128 {
  return v128.shuffle<u16>(asInteger(a), asInteger(b), 0, 2, 4, 6, 8, 10, 12, 14)
}

/** The 16-bit copy of the tile; the smallest and the largest stand before it. */
// @ts-expect-error a decorator of AssemblyScript
@inline
function copyOf(frames: i32, scratch: usize): usize {
  return scratch + TILE + (<usize>frames << 5) + 32
}

/** Makes it: distances from the mean in steps of 1/16 000 of the largest; and the widest brackets of its medians. */
function copyTile(frames: i32, scratch: usize): void {
  const end = copyOf(frames, scratch) - 32
  let to = end
  for (let at = scratch; at < scratch + 32; at += 16) {
    const mean = v128.load(at, MEAN)
    const most = f32x4.pmax(f32x4.sub(v128.load(at, HIGHEST), mean), f32x4.sub(mean, v128.load(at, LOWEST)))
    v128.store(at, f32x4.div(f32x4.splat(16000), most), UNITS)
  }
  const c0 = v128.load(scratch, MEAN)
  const c1 = v128.load(scratch, MEAN + 16)
  const k0 = v128.load(scratch, UNITS)
  const k1 = v128.load(scratch, UNITS + 16)
  for (let at = scratch + LOWEST; at < end; at += 32, to += 16) {
    v128.store(to, join(f32x4.mul(f32x4.sub(v128.load(at), c0), k0), f32x4.mul(f32x4.sub(v128.load(at, 16), c1), k1)))
  }
  v128.store(scratch, i16x8.splat(-LIMIT), LOW)
  v128.store(scratch, i16x8.splat(LIMIT), HIGH)
}

/**
 * Narrows the brackets of the lower middle value of eight pixels, above LOW and up to HIGH, by counting what lies above a place, first
 * above 0. After `rounds` of them it ends: the places are `step` apart, then half as far, and so on. Where `rounds` is below 0, they
 * halve the brackets until each holds one integer. The upper middle value is then at most UPPER, and lies there if HIGH parts the two.
 * What must hold: what stands before the copy lies above all; it is counted with an odd number of frames, which makes that even.
 */
function narrow(frames: i32, rounds: i32, step: v128, scratch: usize): void {
  const copy = copyOf(frames, scratch)
  const end = copy + (<usize>frames << 4)
  const odd = frames & 1
  const half = (frames + 1) >> 1
  const one = i16x8.splat(1)
  const zero = i16x8.splat(0)
  let low = v128.load(scratch, LOW)
  let high = v128.load(scratch, HIGH)
  let over = zero
  let place = zero
  for (; rounds != 0 && v128.any_true(i16x8.gt_s(i16x8.sub(high, low), one)); rounds--) {
    let above = zero
    for (let at = copy - (<usize>odd << 4); at < end; at += 32) {
      above = i16x8.sub(i16x8.sub(above, i16x8.gt_s(v128.load(at), place)), i16x8.gt_s(v128.load(at, 16), place))
    }
    const isAbove = i16x8.gt_s(above, i16x8.splat(<i16>half))
    low = v128.bitselect(place, low, isAbove)
    high = v128.bitselect(high, place, isAbove)
    over = v128.bitselect(over, above, isAbove)
    if (rounds < 0) place = i16x8.shr_s(i16x8.add(low, high), 1)
    else {
      place = i16x8.add(place, v128.bitselect(step, i16x8.neg(step), isAbove))
      step = i16x8.shr_s(step, 1)
    }
  }
  // an even number of values that splits above HIGH: the upper middle one is the next
  let next = i16x8.splat(-1)
  const from = i16x8.add(high, one)
  for (let at = copy; at < end; at += 16) next = i16x8.min_u(next, i16x8.sub(v128.load(at), from))
  const split = i16x8.gt_s(over, i16x8.splat(<i16>(half - 1 + odd)))
  v128.store(scratch, low, LOW)
  v128.store(scratch, high, HIGH)
  v128.store(scratch, i16x8.add(high, v128.and(i16x8.add(next, one), split)), UPPER)
}

/**
 * Bit of each pixel for which clipping about the median surely keeps everything: when fewer than half of the values lie closer to the
 * median than x, then MAD >= x; x = D / reach, D being the distance of the farthest value. The median is known to lie in a bracket;
 * margins of two steps of the copy cover every rounding.
 */
export function prove(frames: i32, reach: f64, sd: usize, scratch: usize): i32 {
  copyTile(frames, scratch)
  // the median of normal values is as far from their mean as 3/4 of the error of that, one sigma
  const spread = f32x4.splat(STEPS / sqrt<f32>(<f32>frames))
  const s0 = f32x4.mul(f32x4.mul(v128.load(sd), v128.load(scratch, UNITS)), spread)
  narrow(frames, ROUNDS, join(s0, f32x4.mul(f32x4.mul(v128.load(sd, 16), v128.load(scratch, UNITS + 16)), spread)), scratch)
  const copy = copyOf(frames, scratch)
  const end = copy + (<usize>frames << 4)
  const low = v128.load(scratch, LOW)
  const one = i16x8.splat(1)
  const two = i16x8.splat(2)
  const most = i16x8.shr_s(i16x8.add(i16x8.add(v128.load(scratch, HIGH), v128.load(scratch, UPPER)), one), 1)
  const farthest = i16x8.add(i16x8.max_s(i16x8.sub(v128.load(copy - 16), low), i16x8.sub(most, v128.load(copy - 32))), two)
  const x = i16x8.add(i16x8.q15mulr_sat_s(farthest, i16x8.splat(<i16>(<i32>ceil(32768 / reach)))), two)
  // signed comparisons of unsigned distances from the lower end
  const bias = i16x8.splat(-32768)
  const from = i16x8.sub_sat_s(low, x)
  const width = i16x8.add(i16x8.sub(i16x8.add_sat_s(i16x8.add(most, one), x), from), bias)
  const origin = i16x8.add(from, bias)
  let outside = i16x8.splat(0)
  for (let at = copy; at < end; at += 16) outside = i16x8.sub(outside, i16x8.gt_s(i16x8.sub(v128.load(at), origin), width))
  return i16x8.bitmask(i16x8.gt_s(outside, i16x8.splat(<i16>(frames >> 1))))
}

/** Puts one pixel of a tile into another tile. */
export function movePixel(frames: i32, from: usize, to: usize): void {
  for (const end = from + TILE + (<usize>frames << 5); from < end; from += 32, to += 32) store<u32>(to, load<u32>(from))
}

/**
 * Clips the first pixels of a tile; each one's map offset stands at PLACES, plus 1 where its second pass keeps what the first has kept.
 */
export function clip(
  frames: i32, pixels: usize, kappa: f64, floor: f64, passes: i32, clipCorrection: f64, outStride: usize, rejected: usize, scratch: usize
): void {
  const copy = copyOf(frames, scratch)
  const end = copy + (<usize>frames << 4)
  const none = i16x8.splat(0)
  copyTile(frames, scratch)
  narrow(frames, -1, none, scratch)
  const lower = v128.load(scratch, HIGH)
  const middle = i16x8.add(lower, i16x8.shr_u(i16x8.sub(v128.load(scratch, UPPER), lower), 1))
  v128.store(scratch, middle, MIDDLE)
  for (let at = copy; at < end; at += 16) v128.store(at, i16x8.abs(i16x8.sub(v128.load(at), middle)))
  v128.store(copy - 16, i16x8.splat(i16.MAX_VALUE))
  v128.store(scratch, i16x8.splat(-1), LOW)
  v128.store(scratch, i16x8.splat(LIMIT), HIGH)
  narrow(frames, -1, none, scratch)
  v128.store(scratch, i16x8.add(v128.load(scratch, HIGH), v128.load(scratch, UPPER)), DEVIATION)
  for (let k: usize = 0; k < pixels; k++) {
    clipPixel(frames, k, kappa, floor, passes, clipCorrection, load<u32>(scratch + (k << 2), PLACES), outStride, rejected, scratch)
  }
}

/**
 * `combinePixel` in mode 2 for one pixel of the tile, without values that are left out. Median and MAD in the steps of the copy tell what
 * the first pass keeps, unless a value lies too close to the limit: the values are sorted then.
 */
function clipPixel(
  frames: i32, lane: usize, kappa: f64, floor: f64, passes: i32, clipCorrection: f64, to: usize, outStride: usize, rejected: usize, scratch: usize
): void {
  const n: usize = frames
  const sorted = copyOf(frames, scratch) + (n << 4)
  // the tile and the figures of this pixel
  const middle = <f64>load<i16>(scratch + (lane << 1), MIDDLE)
  const deviation = <f64>load<u16>(scratch + (lane << 1), DEVIATION)
  scratch += lane << 2
  const tile = scratch + TILE
  const pivot = <f64>load<f32>(scratch, PIVOT)
  const unit = 1 / <f64>load<f32>(scratch, UNITS)
  const reach = kappa * CONSISTENCY
  const margin = (4 + 2 * reach) * unit
  let centre = <f64>load<f32>(scratch, MEAN) + unit * middle
  let limit = max<f64>(kappa * floor, reach * 0.5 * unit * deviation)
  const farthest = max<f64>(<f64>load<f32>(scratch, HIGHEST) - centre, centre - <f64>load<f32>(scratch, LOWEST))
  if ((to & 1) != 0 && farthest + margin <= limit) return
  to &= ~1
  let close = !(margin < Infinity)
  for (let t: usize = 0; t < n; t++) close = close || abs<f64>(abs<f64>(<f64>load<f32>(tile + (t << 5)) - centre) - limit) <= margin
  if (close) {
    for (let t: usize = 0; t < n; t++) store<f64>(sorted + (t << 3), <f64>load<f32>(tile + (t << 5)))
    centre = sortedMedian(sorted, frames)
    for (let t: usize = 0; t < n; t++) store<f64>(sorted + (t << 3), abs<f64>(load<f64>(sorted + (t << 3)) - centre))
    limit = kappa * max<f64>(floor, CONSISTENCY * sortedMedian(sorted, frames))
  }
  for (let pass = 1; ; pass++) {
    let even: f64 = 0
    let odd: f64 = 0
    let squares: f64 = 0
    let keptEven = 0
    let keptOdd = 0
    for (let t: usize = 0; t < n; t++) {
      const value = <f64>load<f32>(tile + (t << 5))
      if (!(abs<f64>(value - centre) <= limit)) continue
      squares += value * value
      if ((t & 1) == 0) {
        even += value
        keptEven++
      } else {
        odd += value
        keptOdd++
      }
    }
    const kept = <f64>(keptEven + keptOdd)
    const sum = even + odd
    const variance = kept > 1 ? (kept * squares - sum * sum) / (kept * (kept - 1)) : 0
    const spread = variance > 0 ? sqrt<f64>(variance) : 0
    if (pass < passes) {
      centre = sum / kept
      limit = kappa * max<f64>(floor, spread)
      continue
    }
    for (let t: usize = 0; t < n; t++) {
      if (abs<f64>(<f64>load<f32>(tile + (t << 5)) - centre) > limit) store<u32>(rejected + (t << 2), load<u32>(rejected + (t << 2)) + 1)
    }
    store<i32>(to + outStride * 10, keptEven + keptOdd)
    const combined = (kept * pivot + sum) / kept
    const single = spread / clipCorrection
    const evens = <f64>keptEven
    const odds = <f64>keptOdd
    store<f32>(to, <f32>combined)
    store<f32>(to + outStride, <f32>(single * (1 / sqrt<f64>(kept))))
    store<f32>(to + outStride * 3, <f32>single)
    store<f32>(to + outStride * 5, <f32>(keptEven > 0 ? (evens * pivot + even) / evens : combined))
    store<f32>(to + outStride * 6, <f32>(keptOdd > 0 ? (odds * pivot + odd) / odds : combined))
    return
  }
}

/** Sorts by Shell's method; gives the mean of the middle one or two. */
function sortedMedian(values: usize, count: i32): f64 {
  for (let gap = count >> 1; gap > 0; gap >>= 1) {
    for (let i = gap; i < count; i++) {
      const value = load<f64>(values + (<usize>i << 3))
      let k = i - gap
      for (; k >= 0 && load<f64>(values + (<usize>k << 3)) > value; k -= gap) {
        store<f64>(values + (<usize>(k + gap) << 3), load<f64>(values + (<usize>k << 3)))
      }
      store<f64>(values + (<usize>(k + gap) << 3), value)
    }
  }
  return (load<f64>(values + (<usize>((count - 1) >> 1) << 3)) + load<f64>(values + (<usize>(count >> 1) << 3))) / 2
}
