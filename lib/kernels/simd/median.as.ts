// Parts of exact medians of large maps; the TypeScript twins are lib/kernels/gather-between.ts, level-rows.ts and line-medians.ts.

// @ts-expect-error a decorator of AssemblyScript
@inline
function deviationOf(v: v128, center: v128): v128 {
  const low = f64x2.abs(f64x2.sub(f64x2.promote_low_f32x4(v), center))
  const high = f64x2.abs(f64x2.sub(f64x2.promote_low_f32x4(v128.shuffle<u32>(v, v, 2, 3, 2, 3)), center))
  return v128.shuffle<u64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2)
}
// @ts-expect-error a decorator of AssemblyScript
@inline
function sumLanes(v: v128): i32 {
  return i32x4.extract_lane(v, 0) + i32x4.extract_lane(v, 1) + i32x4.extract_lane(v, 2) + i32x4.extract_lane(v, 3)
}

/**
 * Appends to `out` what lies between low and high of the finite values that are not excluded, or of their deviations from `center`;
 * adds to `tally` how many there are, how many lie below low, at most at low, and at most at high. Writes up to 16 bytes behind the
 * last one. Returns how many were appended.
 */
export function gatherBetween(
  values: usize, excluded: usize, count: i32, low: f32, high: f32, deviate: i32, center: f64, out: usize, tally: usize
): i32 {
  const lows = f32x4.splat(low)
  const highs = f32x4.splat(high)
  const centers = f64x2.splat(center)
  const zero = i32x4.splat(0)
  let all = zero
  let below = zero
  let upToLow = zero
  let upToHigh = zero
  const begin = out
  const whole: usize = count & ~3
  let i: usize = 0
  for (; i < whole; i += 4) {
    const raw = v128.load(values + (i << 2))
    const flags = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(excluded + i)))
    const good = v128.and(f32x4.eq(f32x4.sub(raw, raw), zero), i32x4.eq(flags, zero))
    const v = deviate ? deviationOf(raw, centers) : raw
    const atLow = v128.and(f32x4.le(v, lows), good)
    const inside = v128.and(v128.andnot(f32x4.lt(v, highs), atLow), good)
    all = i32x4.sub(all, good)
    below = i32x4.sub(below, v128.and(f32x4.lt(v, lows), good))
    upToLow = i32x4.sub(upToLow, atLow)
    upToHigh = i32x4.sub(upToHigh, v128.and(f32x4.le(v, highs), good))
    const found = i32x4.bitmask(inside)
    if (found != 0) {
      store<f32>(out, f32x4.extract_lane(v, 0))
      out += (found & 1) << 2
      store<f32>(out, f32x4.extract_lane(v, 1))
      out += (found & 2) << 1
      store<f32>(out, f32x4.extract_lane(v, 2))
      out += found & 4
      store<f32>(out, f32x4.extract_lane(v, 3))
      out += (found & 8) >> 1
    }
  }
  let restAll = sumLanes(all)
  let restBelow = sumLanes(below)
  let restLow = sumLanes(upToLow)
  let restHigh = sumLanes(upToHigh)
  for (; i < <usize>count; i++) {
    const raw = load<f32>(values + (i << 2))
    if (load<u8>(excluded + i) != 0 || raw - raw != 0) continue
    const v = deviate ? <f32>abs<f64>(<f64>raw - center) : raw
    restAll++
    restBelow += i32(v < low)
    restLow += i32(v <= low)
    restHigh += i32(v <= high)
    if (v > low && v < high) {
      store<f32>(out, v)
      out += 4
    }
  }
  store<i32>(tally, load<i32>(tally) + restAll)
  store<i32>(tally, load<i32>(tally, 4) + restBelow, 4)
  store<i32>(tally, load<i32>(tally, 8) + restLow, 8)
  store<i32>(tally, load<i32>(tally, 12) + restHigh, 12)
  return <i32>((out - begin) >> 2)
}

/** Bins of a selection. */
const BINS: i32 = 2048

/** The n-th smallest (from 0) of `count` values from `low` to `high`; `bins` and `few` are free to use, `few` may be `values`. */
function select(values: usize, count: i32, n: i32, low: f32, high: f32, bins: usize, few: usize): f32 {
  let from = keyOf(low)
  let to = keyOf(high)
  for (;;) {
    // so many bits of the distance that all bins are in use and no more
    const shift: u32 = max(0, 21 - <i32>clz<u32>(to - from))
    memory.fill(bins, 0, ((<usize>(to - from) >> shift) + 1) << 2)
    const end = values + (<usize>count << 2)
    for (let p = values; p < end; p += 4) {
      const bin = bins + (((keyOf(load<f32>(p)) - from) >> shift) << 2)
      store<u32>(bin, load<u32>(bin) + 1)
    }
    let bin: u32 = 0
    let inBin = load<i32>(bins)
    for (; n >= inBin; inBin = load<i32>(bins + (bin << 2))) {
      n -= inBin
      bin++
    }
    if (shift == 0) return valueOf(from + bin)
    let next = few
    for (let p = values; p < end; p += 4) {
      const value = load<f32>(p)
      store<f32>(next, value)
      next += usize(((keyOf(value) - from) >> shift) == bin) << 2
    }
    values = few
    count = inBin
    from += bin << shift
    to = from + (((<u32>1) << shift) - 1)
  }
  return 0
}
/** Bits made to order like the numbers. */
// @ts-expect-error a decorator of AssemblyScript
@inline
function keyOf(value: f32): u32 {
  const bits = reinterpret<u32>(value)
  return bits ^ ((<u32>(<i32>bits >> 31)) | 0x80000000)
}
// @ts-expect-error a decorator of AssemblyScript
@inline
function valueOf(key: u32): f32 {
  return reinterpret<f32>(key ^ ((<u32>(<i32>~key >> 31)) | 0x80000000))
}

/** Median of `count` finite values; the mean of the middle two for an even count. */
function medianOf(values: usize, count: i32, low: f32, high: f32, bins: usize, few: usize): f64 {
  const middle = count >> 1
  const upper = select(values, count, middle, low, high, bins, few)
  if (count & 1) return <f64>upper
  let less = 0
  let below = low
  for (let p = values, end = values + (<usize>count << 2); p < end; p += 4) {
    const value = load<f32>(p)
    const isLess = value < upper
    less += i32(isLess)
    below = isLess && value > below ? value : below
  }
  return (<f64>(less >= middle ? below : upper) + <f64>upper) * 0.5
}

/**
 * Median of the finite values of each row that are not excluded, float64, never -0; `otherwise` where fewer than `least` take part.
 * Rows begin `stride` values apart; `scratch` holds 8192 + 8 * cols + 32 bytes.
 */
export function rowMedians(
  values: usize, excluded: usize, rows: i32, cols: i32, stride: i32, least: i32, otherwise: f64, out: usize, scratch: usize
): void {
  const few = scratch + (BINS << 2)
  const work = few + (<usize>cols << 2) + 16
  for (let row = 0; row < rows; row++) {
    const begin: usize = row * stride
    let next = work
    let low: f32 = Infinity
    let high: f32 = -Infinity
    for (let i = begin, end = begin + cols; i < end; i++) {
      const value = load<f32>(values + (i << 2))
      store<f32>(next, value)
      if (load<u8>(excluded + i) == 0 && value - value == 0) {
        next += 4
        low = min(low, value)
        high = max(high, value)
      }
    }
    const count = <i32>((next - work) >> 2)
    const known = count >= least && count > 0
    store<f64>(out + (<usize>row << 3), known ? medianOf(work, count, low, high, scratch, few) + 0.0 : otherwise)
  }
}

/** Adds the finite values of each column that are not excluded to `sums` (float64), row after row, and their number to `counts`. */
export function addColumns(values: usize, excluded: usize, rows: i32, cols: i32, sums: usize, counts: usize): void {
  const whole: usize = cols & ~3
  const zero = i32x4.splat(0)
  for (let row = 0; row < rows; row++) {
    let col: usize = 0
    for (; col < whole; col += 4, values += 16, excluded += 4) {
      const v = v128.load(values)
      const flags = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(excluded)))
      const good = v128.and(f32x4.eq(f32x4.sub(v, v), zero), i32x4.eq(flags, zero))
      const kept = v128.and(v, good)
      const sum = sums + (col << 3)
      const count = counts + (col << 2)
      v128.store(sum, f64x2.add(v128.load(sum), f64x2.promote_low_f32x4(kept)))
      v128.store(sum, f64x2.add(v128.load(sum, 16), f64x2.promote_low_f32x4(v128.shuffle<u32>(kept, kept, 2, 3, 2, 3))), 16)
      v128.store(count, i32x4.sub(v128.load(count), good))
    }
    for (; col < <usize>cols; col++, values += 4, excluded++) {
      const value = load<f32>(values)
      if (load<u8>(excluded) != 0 || value - value != 0) continue
      const sum = sums + (col << 3)
      const count = counts + (col << 2)
      store<f64>(sum, load<f64>(sum) + <f64>value)
      store<i32>(count, load<i32>(count) + 1)
    }
  }
}

/**
 * What no median of a window lies below, and above, whose values are among those of a map of rows * cols (`stride` values from row to
 * row) and that holds at least `shortest` places; the lower one is 0 where nothing can be said. NaN and what is excluded take no part.
 * What must hold: `scratch` holds 8192 + 8 * rows * cols + 32 bytes.
 */
export function boundMedians(
  values: usize, excluded: usize, rows: i32, cols: i32, stride: i32, shortest: i32, out: usize, scratch: usize
): void {
  const few = scratch + (BINS << 2)
  const work = few + (<usize>(rows * cols) << 2) + 16
  let next = work
  let low: f32 = Infinity
  let high: f32 = -Infinity
  for (let row = 0; row < rows; row++) {
    for (let i: usize = row * stride, end = i + cols; i < end; i++) {
      const value = load<f32>(values + (i << 2))
      store<f32>(next, value)
      if (load<u8>(excluded + i) == 0 && value == value) {
        next += 4
        low = min(low, value)
        high = max(high, value)
      }
    }
  }
  const count = <i32>((next - work) >> 2)
  const least = shortest - (rows * cols - count)
  const half = (least + 1) >> 1
  store<f32>(out, least < 1 ? 0 : select(work, count, half - 1, low, high, scratch, few))
  store<f32>(out, least < 1 ? Infinity : select(work, count, count - half, low, high, scratch, few), 4)
}
