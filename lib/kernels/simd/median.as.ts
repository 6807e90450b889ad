// Parts of exact medians of large maps; the TypeScript twins are lib/kernels/median/gather-between.ts and row-medians.ts.

// @ts-expect-error a decorator of AssemblyScript
@inline
function deviationOf(v: v128, center: v128): v128 {
  const low = f64x2.abs(f64x2.sub(f64x2.promote_low_f32x4(v), center))
  const high = f64x2.abs(f64x2.sub(f64x2.promote_low_f32x4(v128.shuffle<u32>(v, v, 2, 3, 2, 3)), center))
  return v128.shuffle<u64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2)
}
/** Lanes of the next four values, of those that are not excluded. */
// @ts-expect-error a decorator of AssemblyScript
@inline
function isIncluded(excluded: usize): v128 {
  return i32x4.eq(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(excluded))), i32x4.splat(0))
}
function sumLanes(v: v128): i32 {
  return i32x4.extract_lane(v, 0) + i32x4.extract_lane(v, 1) + i32x4.extract_lane(v, 2) + i32x4.extract_lane(v, 3)
}

/**
 * Appends to `out` what lies between low and high of the finite values that are not excluded, or of their deviations from `center`;
 * adds to `tally` how many there are, how many lie below low, at most at low, and at most at high. Writes up to 16 bytes behind the
 * last one. Returns how many were appended. What must hold: count is a multiple of 4.
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
  for (const end = excluded + count; excluded < end; excluded += 4, values += 16) {
    const raw = v128.load(values)
    const good = v128.and(f32x4.eq(f32x4.sub(raw, raw), zero), isIncluded(excluded))
    const v = deviate ? deviationOf(raw, centers) : raw
    const atLow = v128.and(f32x4.le(v, lows), good)
    const inside = v128.and(v128.andnot(f32x4.lt(v, highs), atLow), good)
    all = i32x4.sub(all, good)
    below = i32x4.sub(below, v128.and(f32x4.lt(v, lows), good))
    upToLow = i32x4.sub(upToLow, atLow)
    upToHigh = i32x4.sub(upToHigh, v128.and(f32x4.le(v, highs), good))
    const found = i32x4.bitmask(inside)
    if (found != 0) out = storeSome(out, v, found)
  }
  store<i32>(tally, load<i32>(tally) + sumLanes(all))
  store<i32>(tally, load<i32>(tally, 4) + sumLanes(below), 4)
  store<i32>(tally, load<i32>(tally, 8) + sumLanes(upToLow), 8)
  store<i32>(tally, load<i32>(tally, 12) + sumLanes(upToHigh), 12)
  return <i32>((out - begin) >> 2)
}

/** Bits of the number of bins of a selection, and as many fewer values as are put in order one by one. */
const BIN_BITS: i32 = 10
const FEW: i32 = 32

/** Least and greatest key of the last `gather`; of the last `select`, the key of rank n - 1 where n is above 0. */
let lowest: i32 = 0
let highest: i32 = 0
let before: i32 = 0

/** Bits made to order like the numbers, and back. */
// @ts-expect-error a decorator of AssemblyScript
@inline
function keyOf(bits: i32): i32 {
  return bits ^ ((bits >> 31) & 0x7fffffff)
}
// @ts-expect-error a decorator of AssemblyScript
@inline
function valueOf(key: i32): f32 {
  return reinterpret<f32>(keyOf(key))
}
function storeSome(out: usize, v: v128, found: i32): usize {
  v128.store32_lane(out, v, 0)
  out += (found & 1) << 2
  v128.store32_lane(out, v, 1)
  out += (found & 2) << 1
  v128.store32_lane(out, v, 2)
  out += found & 4
  v128.store32_lane(out, v, 3)
  return out + ((found & 8) >> 1)
}

/** Keys of the values that are not excluded and of a size of at most `most`; writes up to 16 bytes behind them. Returns their end. */
function gather(values: usize, excluded: usize, count: i32, most: f32, out: usize): usize {
  const end = excluded + count
  const limits = f32x4.splat(most)
  let low = i32x4.splat(i32.MAX_VALUE)
  let high = i32x4.splat(i32.MIN_VALUE)
  for (; excluded + 4 <= end; excluded += 4, values += 16) {
    const v = v128.load(values)
    const good = v128.and(f32x4.le(f32x4.abs(v), limits), isIncluded(excluded))
    const keys = v128.xor(v, v128.and(i32x4.shr_s(v, 31), i32x4.splat(0x7fffffff)))
    low = i32x4.min_s(low, v128.bitselect(keys, low, good))
    high = i32x4.max_s(high, v128.bitselect(keys, high, good))
    if (i32x4.all_true(good)) {
      v128.store(out, keys)
      out += 16
    } else out = storeSome(out, keys, i32x4.bitmask(good))
  }
  low = i32x4.min_s(low, v128.shuffle<u32>(low, low, 2, 3, 0, 1))
  high = i32x4.max_s(high, v128.shuffle<u32>(high, high, 2, 3, 0, 1))
  lowest = min(i32x4.extract_lane(low, 0), i32x4.extract_lane(low, 1))
  highest = max(i32x4.extract_lane(high, 0), i32x4.extract_lane(high, 1))
  for (; excluded < end; excluded++, values += 4) {
    if (load<u8>(excluded) != 0 || !(abs<f32>(load<f32>(values)) <= most)) continue
    const key = keyOf(load<i32>(values))
    store<i32>(out, key)
    out += 4
    lowest = min(lowest, key)
    highest = max(highest, key)
  }
  return out
}

/** The n-th smallest (from 0) of `count` keys from `from` to `to`, which may be reordered; `bins` and `few` are free to use. */
function select(keys: usize, count: i32, n: i32, from: i32, to: i32, bins: usize, few: usize): i32 {
  const all = keys
  const allEnd = keys + (<usize>count << 2)
  let distance = <u32>(to - from)
  while (count > FEW) {
    const shift: u32 = max(0, 32 - BIN_BITS - <i32>clz<u32>(distance))
    memory.fill(bins, 0, ((<usize>distance >> shift) + 1) << 2)
    const end = keys + (<usize>count << 2)
    for (let p = keys; p < end; p += 4) {
      const bin = bins + ((<usize>(load<i32>(p) - from) >> shift) << 2)
      store<u32>(bin, load<u32>(bin) + 1)
    }
    let bin: i32 = 0
    let inBin = load<i32>(bins)
    for (; n >= inBin; inBin = load<i32>(bins + (<usize>bin << 2))) {
      n -= inBin
      bin++
    }
    from += bin << shift
    distance = ((<u32>1) << shift) - 1
    count = inBin
    if (shift == 0) {
      before = n > 0 ? from : lessThan(from, all, allEnd)
      return from
    }
    const starts = i32x4.splat(from)
    let next = few
    let p = keys
    for (; p + 16 <= end; p += 16) {
      const v = v128.load(p)
      const found = i32x4.bitmask(i32x4.eq(i32x4.shr_u(i32x4.sub(v, starts), shift), i32x4.splat(0)))
      if (found != 0) next = storeSome(next, v, found)
    }
    for (; p < end; p += 4) {
      const key = load<i32>(p)
      store<i32>(next, key)
      next += usize(<u32>(key - from) <= distance) << 2
    }
    keys = few
  }
  for (let p = keys + 4, end = keys + (<usize>count << 2); p < end; p += 4) {
    const key = load<i32>(p)
    let q = p
    for (; q > keys && load<i32>(q - 4) > key; q -= 4) store<i32>(q, load<i32>(q - 4))
    store<i32>(q, key)
  }
  const at = keys + (<usize>n << 2)
  const key = load<i32>(at)
  before = n > 0 ? load<i32>(at - 4) : lessThan(key, all, allEnd)
  return key
}
/** The greatest key below another one; i32.MIN_VALUE for none. */
function lessThan(key: i32, keys: usize, end: usize): i32 {
  let most = i32.MIN_VALUE
  for (let p = keys; p < end; p += 4) {
    const other = load<i32>(p)
    most = other < key ? max(most, other) : most
  }
  return most
}

/**
 * Median of the finite values of each row that are not excluded, float64, never -0; the mean of the middle two for an even count;
 * `otherwise` where fewer than `least` take part. Rows begin `stride` values apart; `scratch` holds 8192 + 8 * cols + 32 bytes.
 */
export function rowMedians(
  values: usize, excluded: usize, rows: i32, cols: i32, stride: i32, least: i32, otherwise: f64, out: usize, scratch: usize
): void {
  const few = scratch + 8192
  const work = few + (<usize>cols << 2) + 16
  for (let row = 0; row < rows; row++) {
    const begin: usize = row * stride
    const count = <i32>((gather(values + (begin << 2), excluded + begin, cols, f32.MAX_VALUE, work) - work) >> 2)
    let median = otherwise
    if (count >= least && count > 0) {
      const upper = select(work, count, count >> 1, lowest, highest, scratch, few)
      const lower = count & 1 ? upper : before
      median = (<f64>valueOf(lower) + <f64>valueOf(upper)) * 0.5 + 0.0
    }
    store<f64>(out + (<usize>row << 3), median)
  }
}

/** Adds the finite values of each column that are not excluded to `sums` (float64), row after row, and their number to `counts`. */
export function addColumns(values: usize, excluded: usize, rows: i32, cols: i32, sums: usize, counts: usize): void {
  const whole: usize = cols & ~3
  for (let row = 0; row < rows; row++) {
    let col: usize = 0
    for (; col < whole; col += 4, values += 16, excluded += 4) {
      const v = v128.load(values)
      const good = v128.and(f32x4.eq(f32x4.sub(v, v), i32x4.splat(0)), isIncluded(excluded))
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
  const few = scratch + 8192
  const work = few + (<usize>(rows * cols) << 2) + 16
  let next = work
  let low = i32.MAX_VALUE
  let high = i32.MIN_VALUE
  for (let row = 0; row < rows; row++) {
    const begin: usize = row * stride
    next = gather(values + (begin << 2), excluded + begin, cols, Infinity, next)
    low = min(low, lowest)
    high = max(high, highest)
  }
  const count = <i32>((next - work) >> 2)
  const least = shortest - (rows * cols - count)
  const half = (least + 1) >> 1
  store<f32>(out, least < 1 ? 0 : valueOf(select(work, count, half - 1, low, high, scratch, few)))
  store<f32>(out, least < 1 ? Infinity : valueOf(select(work, count, count - half, low, high, scratch, few)), 4)
}
