// AssemblyScript. Clipping of eight pixels of a tile.

import { CONSISTENCY, DEVIATION, HIGHEST, LOWEST, MEAN, MIDDLE, PIVOT, TILE, UNITS } from './tile.as'

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

/**
 * Bit of each pixel for which clipping about the median surely keeps everything: when fewer than half of the values lie closer to the
 * median than x, then MAD >= x; x = D / reach, D being the distance of the farthest value. Done on a copy in steps of 1/16 000 of the
 * largest deviation; margins of two steps cover every rounding.
 */
export function prove(frames: i32, network: usize, comparators: i32, reach: f64, scratch: usize): i32 {
  const c0 = v128.load(scratch + MEAN)
  const c1 = v128.load(scratch + MEAN, 16)
  const low0 = f32x4.sub(v128.load(scratch + LOWEST), c0)
  const low1 = f32x4.sub(v128.load(scratch + LOWEST, 16), c1)
  const high0 = f32x4.sub(v128.load(scratch + HIGHEST), c0)
  const high1 = f32x4.sub(v128.load(scratch + HIGHEST, 16), c1)
  const unit = f32x4.splat(16000)
  const k0 = f32x4.div(unit, f32x4.pmax(high0, f32x4.neg(low0)))
  const k1 = f32x4.div(unit, f32x4.pmax(high1, f32x4.neg(low1)))
  let tile = scratch + LOWEST
  const copy = copyOf(frames, scratch)
  const end = copy + (<usize>frames << 4)
  for (let at = copy - 32; at < end; at += 16, tile += 32) {
    v128.store(at, join(f32x4.mul(f32x4.sub(v128.load(tile), c0), k0), f32x4.mul(f32x4.sub(v128.load(tile, 16), c1), k1)))
  }
  sort16(copy, network, comparators)
  const lower = v128.load(copy + (<usize>((frames - 1) >> 1) << 4))
  const upper = v128.load(copy + (<usize>(frames >> 1) << 4))
  const middle = i16x8.add(lower, i16x8.shr_u(i16x8.sub(upper, lower), 1))
  v128.store(scratch + MIDDLE, middle)
  v128.store(scratch + UNITS, k0)
  v128.store(scratch + UNITS, k1, 16)
  const two = i16x8.splat(2)
  const farthest = i16x8.add(i16x8.max_s(i16x8.sub(v128.load(copy - 16), middle), i16x8.sub(middle, v128.load(copy - 32))), two)
  const x = i16x8.add(i16x8.q15mulr_sat_s(farthest, i16x8.splat(<i16>(<i32>ceil(32768 / reach)))), two)
  const from = i16x8.sub_sat_s(middle, x)
  const width = i16x8.sub(i16x8.add_sat_s(i16x8.add(middle, i16x8.splat(1)), x), from)
  let inside = i16x8.splat(0)
  for (let at = copy; at < end; at += 16) inside = i16x8.sub(inside, i16x8.le_u(i16x8.sub(v128.load(at), from), width))
  return i16x8.bitmask(i16x8.le_s(inside, i16x8.splat(<i16>((frames - 1) >> 1))))
}

/** Twice the median absolute deviation in steps of the copy that `prove` left; the copy is lost. */
export function deviations(frames: i32, network: usize, comparators: i32, scratch: usize): void {
  const middle = v128.load(scratch + MIDDLE)
  const copy = copyOf(frames, scratch)
  const end = copy + (<usize>frames << 4)
  for (let at = copy; at < end; at += 16) v128.store(at, i16x8.abs(i16x8.sub(v128.load(at), middle)))
  sort16(copy, network, comparators)
  const lower = v128.load(copy + (<usize>((frames - 1) >> 1) << 4))
  v128.store(scratch + DEVIATION, i16x8.add(lower, v128.load(copy + (<usize>(frames >> 1) << 4))))
}

/** Runs the comparators over rows of eight 16-bit integers. */
function sort16(tile: usize, network: usize, comparators: i32): void {
  const end = network + (<usize>comparators << 2)
  for (; network < end; network += 4) {
    const pair = load<u32>(network)
    const a = tile + (pair & 0xffff)
    const b = tile + (pair >> 16)
    const u = v128.load(a)
    const v = v128.load(b)
    v128.store(a, i16x8.min_s(u, v))
    v128.store(b, i16x8.max_s(u, v))
  }
}

/**
 * `combinePixel` in mode 2 for one pixel of the tile, without values that are left out. Median and MAD in the steps of the copy tell what
 * the first pass keeps, unless a value lies too close to the limit: the values are sorted then.
 */
export function clipPixel(
  frames: i32, lane: i32, kappa: f64, floor: f64, passes: i32, clipCorrection: f64, to: usize, outStride: usize, rejected: usize, scratch: usize
): void {
  const n: usize = frames
  const tile = scratch + TILE + (<usize>lane << 2)
  const sorted = copyOf(frames, scratch) + (n << 4)
  const pivot = <f64>load<f32>(scratch + PIVOT + (<usize>lane << 2))
  const unit = 1 / <f64>load<f32>(scratch + UNITS + (<usize>lane << 2))
  const reach = kappa * CONSISTENCY
  const margin = (4 + 2 * reach) * unit
  let centre = <f64>load<f32>(scratch + MEAN + (<usize>lane << 2)) + unit * <f64>load<i16>(scratch + MIDDLE + (<usize>lane << 1))
  let limit = max<f64>(kappa * floor, reach * 0.5 * unit * <f64>load<u16>(scratch + DEVIATION + (<usize>lane << 1)))
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
