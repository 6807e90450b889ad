// AssemblyScript. Stacks of u16 frames: figures of a frame, and the frames of every pixel combined, eight pixels a turn; each function has
// the bits of the TypeScript kernel named with it. All pointers are byte offsets into the memory. Areas that hold a value per pixel are
// read and written up to the next multiple of eight pixels.

// @ts-expect-error a decorator of AssemblyScript
@inline
function toF32(v: v128): v128 {
  return f32x4.convert_i32x4_s(v)
}
// @ts-expect-error a decorator of AssemblyScript
@inline
function swap(v: v128): v128 {
  return v128.shuffle<u64>(v, v, 1, 0)
}
// @ts-expect-error a decorator of AssemblyScript
@inline
function upper(v: v128): v128 {
  return f64x2.promote_low_f32x4(swap(v))
}
function lanes16(v: v128): i32 {
  const s = i32x4.extadd_pairwise_i16x8_u(v)
  return i32x4.extract_lane(s, 0) + i32x4.extract_lane(s, 1) + i32x4.extract_lane(s, 2) + i32x4.extract_lane(s, 3)
}

/**
 * `measureFrameU16`, one block of at most 65 536 pixels, a multiple of eight: adds to the sums at `out` (float64: sum, squares about the
 * pivot) and to the figures after them (int32: smallest, largest, pixels at the largest, pixels from `near` on, pixels from `top` on), 80 bytes in all.
 */
export function measureBlockU16(data: usize, count: i32, pivot: i32, near: i32, top: i32, out: usize): void {
  const bias = i16x8.splat(-32768)
  const one = i16x8.splat(1)
  let sums = i32x4.splat(0)
  let q0 = i64x2.splat(0)
  let q1 = q0
  let least = i16x8.splat(-1)
  let most = i16x8.splat(0)
  for (let i: usize = 0; i < <usize>count; i += 8) {
    const v = v128.load(data + (i << 1))
    const b = v128.xor(v, bias)
    sums = i32x4.add(sums, i32x4.dot_i16x8_s(b, one))
    const d = i32x4.dot_i16x8_s(b, b)
    q0 = i64x2.add(q0, i64x2.extend_low_i32x4_u(d))
    q1 = i64x2.add(q1, i64x2.extend_high_i32x4_u(d))
    least = i16x8.min_u(least, v)
    most = i16x8.max_u(most, v)
  }
  q0 = i64x2.add(q0, q1)
  sums = i64x2.add(i64x2.extend_low_i32x4_s(sums), i64x2.extend_high_i32x4_s(sums))
  const sum: i64 = i64x2.extract_lane(sums, 0) + i64x2.extract_lane(sums, 1)
  const squares: i64 = i64x2.extract_lane(q0, 0) + i64x2.extract_lane(q0, 1)
  const c = <i64>(pivot - 32768)
  store<f64>(out, load<f64>(out) + <f64>(sum + 32768 * <i64>count))
  store<f64>(out, load<f64>(out, 8) + <f64>(squares - 2 * c * sum + c * c * <i64>count), 8)
  v128.store(out, least, 48)
  v128.store(out, most, 64)
  let lowest = load<i32>(out, 16)
  let highest = 0
  for (let k: usize = 0; k < 16; k += 2) {
    lowest = min(lowest, <i32>load<u16>(out + k, 48))
    highest = max(highest, <i32>load<u16>(out + k, 64))
  }
  const before = load<i32>(out, 20)
  store<i32>(out, lowest, 16)
  store<i32>(out, max(highest, before), 20)
  if (highest > before) store<i32>(out, 0, 24)
  for (let k: usize = 0; k < 3; k++) {
    const level = k == 0 ? max(highest, before) : k == 1 ? near : top
    if (highest < level) continue
    const limit = i16x8.splat(<i16>level)
    let n = i16x8.splat(0)
    for (let i: usize = 0; i < <usize>count; i += 8) n = i16x8.sub(n, i16x8.ge_u(v128.load(data + (i << 1)), limit))
    const to = out + 24 + (k << 2)
    store<i32>(to, load<i32>(to) + lanes16(n))
  }
}

/** `countBelowU16`, at most 262 136 pixels, a multiple of eight. */
export function countBelowU16(data: usize, map: usize, count: i32): i32 {
  let below = i16x8.splat(0)
  for (let i: usize = 0; i < <usize>count; i += 8) {
    const v = v128.load(data + (i << 1))
    const a = f32x4.lt(toF32(i32x4.extend_low_i16x8_u(v)), v128.load(map + (i << 2)))
    const b = f32x4.lt(toF32(i32x4.extend_high_i16x8_u(v)), v128.load(map + (i << 2), 16))
    below = i16x8.sub(below, i16x8.narrow_i32x4_s(a, b))
  }
  return lanes16(below)
}

// ---- scratch of combineU16: sums of eight pixels, then the tile of their deviations, its 16-bit copy, and one sorted pixel ----
const EVEN: usize = 0
const ODD: usize = 64
const SQUARES: usize = 128
const PIVOT: usize = 192
const STEP: usize = 224
const MEAN: usize = 256
const UNITS: usize = 288
const MIDDLE: usize = 320
const DEVIATION: usize = 336
// the smallest and the largest of each pixel stand before the tile, so that they are copied with it
const LOWEST: usize = 352
const HIGHEST: usize = 384
const TILE: usize = 416

/** 1 / z(3/4): makes a MAD the sd of normal values. */
const CONSISTENCY: f64 = 1.4826022185056018

/**
 * `gatherTileU16` and `combineTile` (then `thirdLargestStep`) of a strip; frame t of it starts at raw + t * stride. 2 to 32 767 frames.
 * @param base float32 per pixel @param scales, shifts float32 per frame
 * @param top a raw value above it is saturated
 * @param mode 0 mean, 1 median, 2 clip (kappa from 1 on) @param network comparators of the median (modes 1 and 2): pairs of 16 * frame (u16), `comparators` of them
 * @param thirdFloor sd up to which a pixel is not looked at for its third largest step; below 0: none is
 * @param out float32 maps `outStride` apart: location, its error, sd, clipped sd, largest step, even and odd half, third step; then
 *   changed (u8) and saturated (u16) at the same distance
 * @param rejected uint32 per frame, counted up
 * @param scratch 448 bytes and 56 per frame
 * @returns 0 when a value is not finite: nothing of this strip is to be used then
 */
export function combineU16(
  raw: usize, stride: usize, frames: i32, count: i32, base: usize, scales: usize, shifts: usize, top: i32,
  mode: i32, network: usize, comparators: i32, medianFactor: f64, kappa: f64, floor: f64, passes: i32, clipCorrection: f64,
  thirdFloor: f32, out: usize, outStride: usize, rejected: usize, scratch: usize
): i32 {
  const all = (1 << 8) - 1
  for (let i: usize = 0; i < <usize>count; i += 8) {
    const frame = raw + (i << 1)
    const lanes = min(8, count - <i32>i)
    bookOf(frame, stride, frames, top, out + (outStride << 3) + i, out + outStride * 9 + (i << 1))
    gather(frame, stride, frames, base + (i << 2), scales, shifts, scratch, 0)
    gather(frame + 8, stride, frames, base + (i << 2) + 16, scales, shifts, scratch, 16)
    const to = out + (i << 2)
    let kept = 0
    let inLimits = 0
    for (let g: usize = 0; g < 4; g++) {
      const bits = finish(frames, mode, g, kappa, floor, clipCorrection, medianFactor, to, outStride, scratch)
      kept |= (bits & 3) << (<i32>g << 1)
      inLimits |= (bits >> 2) << (<i32>g << 1)
    }
    // a value that is not finite gives no finite mean
    if (((wild(to) | (wild(to + 16) << 4)) & ((1 << lanes) - 1)) != 0) return 0
    if (thirdFloor >= 0) thirdStep(frames, thirdFloor, to + (outStride << 1), to + outStride * 7, scratch)
    if (mode == 1) medians(frames, network, comparators, to, scratch)
    if (mode == 2 && kept != all) {
      const reach = kappa * CONSISTENCY
      kept |= inLimits & prove(frames, network, comparators, reach, scratch)
      if (kept != all) deviations(frames, network, comparators, scratch)
      for (let lane = 0; lane < lanes; lane++) {
        if (((kept >> lane) & 1) == 0) {
          clipPixel(frames, lane, kappa, floor, passes, clipCorrection, to + (<usize>lane << 2), outStride, rejected, scratch)
        }
      }
    }
  }
  return 1
}

// @ts-expect-error a decorator of AssemblyScript
@inline
function wild(at: usize): i32 {
  const v = v128.load(at)
  return i32x4.bitmask(f32x4.ne(f32x4.sub(v, v), f32x4.splat(0)))
}

/** Which of eight pixels change, and in how many frames each is saturated. */
function bookOf(frame: usize, stride: usize, frames: i32, top: i32, changed: usize, saturated: usize): void {
  const full = i16x8.splat(<i16>top)
  const first = v128.load(frame)
  let other = i16x8.splat(0)
  let count = i16x8.splat(0)
  for (let t = 0; t < frames; t++, frame += stride) {
    const v = v128.load(frame)
    other = v128.or(other, v128.xor(v, first))
    count = i16x8.sub(count, i16x8.gt_u(v, full))
  }
  const ones = i16x8.neg(i16x8.ne(other, i16x8.splat(0)))
  v128.store64_lane(changed, i8x16.narrow_i16x8_u(ones, ones), 0)
  v128.store(saturated, count)
}

// @ts-expect-error a decorator of AssemblyScript
@inline
function levelOf(frame: usize, base: v128, scales: usize, shifts: usize, t: i32): v128 {
  const at = <usize>t << 2
  const above = f32x4.sub(toF32(v128.load16x4_u(frame)), base)
  return f32x4.sub(f32x4.mul(above, v128.load32_splat(scales + at)), v128.load32_splat(shifts + at))
}

/** Four pixels: deviations into the tile, and what one pass tells of them. */
function gather(frame: usize, stride: usize, frames: i32, base: usize, scales: usize, shifts: usize, scratch: usize, half: usize): void {
  const offset = v128.load(base)
  const pivot = levelOf(frame, offset, scales, shifts, 0)
  let e0 = f64x2.splat(0)
  let e1 = e0
  let o0 = e0
  let o1 = e0
  let q0 = e0
  let q1 = e0
  let lowest = f32x4.splat(0)
  let highest = lowest
  let step = lowest
  let previous = lowest
  let tile = scratch + TILE + half
  for (let t = 0; t < frames; t++, frame += stride, tile += 32) {
    const a = f32x4.sub(levelOf(frame, offset, scales, shifts, t), pivot)
    v128.store(tile, a)
    lowest = f32x4.pmin(lowest, a)
    highest = f32x4.pmax(highest, a)
    step = f32x4.pmax(step, f32x4.abs(f32x4.sub(a, previous)))
    previous = a
    const a0 = f64x2.promote_low_f32x4(a)
    const a1 = upper(a)
    q0 = f64x2.add(q0, f64x2.mul(a0, a0))
    q1 = f64x2.add(q1, f64x2.mul(a1, a1))
    // even and odd change places at every frame
    const e = f64x2.add(e0, a0)
    e0 = o0
    o0 = e
    const f = f64x2.add(e1, a1)
    e1 = o1
    o1 = f
  }
  if ((frames & 1) == 1) {
    const e = e0
    e0 = o0
    o0 = e
    const f = e1
    e1 = o1
    o1 = f
  }
  const wide = scratch + (half << 1)
  v128.store(wide + EVEN, e0)
  v128.store(wide + EVEN, e1, 16)
  v128.store(wide + ODD, o0)
  v128.store(wide + ODD, o1, 16)
  v128.store(wide + SQUARES, q0)
  v128.store(wide + SQUARES, q1, 16)
  v128.store(scratch + half + PIVOT, pivot)
  v128.store(scratch + half + LOWEST, lowest)
  v128.store(scratch + half + HIGHEST, highest)
  v128.store(scratch + half + STEP, step)
}

// @ts-expect-error a decorator of AssemblyScript
@inline
function store2(to: usize, v: v128): void {
  v128.store64_lane(to, f32x4.demote_f64x2_zero(v), 0)
}
// @ts-expect-error a decorator of AssemblyScript
@inline
function load2(from: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(from))
}

/**
 * Maps of two pixels when nothing is clipped. Bits 0 and 1: clipping surely keeps everything; 2 and 3: it does in its second pass.
 */
function finish(
  frames: i32, mode: i32, g: usize, kappa: f64, floor: f64, clipCorrection: f64, medianFactor: f64, to: usize, outStride: usize, scratch: usize
): i32 {
  const wide = scratch + (g << 4)
  const narrow = scratch + (g << 3)
  const zero = f64x2.splat(0)
  const n = f64x2.splat(<f64>frames)
  const even = v128.load(wide + EVEN)
  const odd = v128.load(wide + ODD)
  const squares = v128.load(wide + SQUARES)
  const pivot = load2(narrow + PIVOT)
  const sum = f64x2.add(even, odd)
  const mean = f64x2.div(sum, n)
  const pairs = f64x2.splat(<f64>frames * <f64>(frames - 1))
  const variance = f64x2.div(f64x2.sub(f64x2.mul(n, squares), f64x2.mul(sum, sum)), pairs)
  const spread = f64x2.sqrt(f64x2.pmax(zero, variance))
  const single = mode == 2 ? f64x2.div(spread, f64x2.splat(clipCorrection)) : spread
  const factor = mode == 1 ? medianFactor : 1 / sqrt<f64>(<f64>frames)
  to += g << 3
  store2(to, f64x2.div(f64x2.add(f64x2.mul(n, pivot), sum), n))
  store2(to + outStride, f64x2.mul(single, f64x2.splat(factor)))
  store2(to + (outStride << 1), spread)
  store2(to + outStride * 3, single)
  v128.store64_lane(to + (outStride << 2), v128.load64_zero(narrow + STEP), 0)
  const evens = f64x2.splat(<f64>((frames + 1) >> 1))
  const odds = f64x2.splat(<f64>(frames >> 1))
  store2(to + outStride * 5, f64x2.div(f64x2.add(f64x2.mul(evens, pivot), even), evens))
  store2(to + outStride * 6, f64x2.div(f64x2.add(f64x2.mul(odds, pivot), odd), odds))
  store2(narrow + MEAN, mean)
  const lowest = load2(narrow + LOWEST)
  const highest = load2(narrow + HIGHEST)
  const limit = f64x2.mul(f64x2.splat(kappa), spread)
  const narrowEnough = f64x2.le(f64x2.sub(highest, lowest), f64x2.splat(kappa * floor))
  const within = v128.and(f64x2.le(f64x2.sub(highest, mean), limit), f64x2.le(f64x2.sub(mean, lowest), limit))
  return i64x2.bitmask(narrowEnough) | (i64x2.bitmask(within) << 2)
}

/** `thirdLargestStep` of eight pixels. */
function thirdStep(frames: i32, floor: f32, sd: usize, out: usize, scratch: usize): void {
  for (let half: usize = 0; half < 32; half += 16) {
    const asked = f32x4.gt(v128.load(sd + half), f32x4.splat(floor))
    let third = f32x4.splat(0)
    if (v128.any_true(asked)) {
      let first = third
      let second = third
      let tile = scratch + TILE + half
      let previous = v128.load(tile)
      for (let t = 1; t < frames; t++) {
        tile += 32
        const value = v128.load(tile)
        const step = f32x4.abs(f32x4.sub(value, previous))
        previous = value
        const a = f32x4.pmin(first, step)
        first = f32x4.pmax(first, step)
        const b = f32x4.pmin(second, a)
        second = f32x4.pmax(second, a)
        third = f32x4.pmax(third, b)
      }
    }
    v128.store(out + half, v128.and(third, asked))
  }
}

/** Runs the comparators over the rows of the tile, which is lost; the middle rows then hold the medians. */
function medians(frames: i32, network: usize, comparators: i32, out: usize, scratch: usize): void {
  const tile = scratch + TILE
  const end = network + (<usize>comparators << 2)
  for (; network < end; network += 4) {
    const pair = load<u32>(network)
    const a = tile + ((pair & 0xffff) << 1)
    const b = tile + (pair >> 16 << 1)
    const a0 = v128.load(a)
    const a1 = v128.load(a, 16)
    const b0 = v128.load(b)
    const b1 = v128.load(b, 16)
    v128.store(a, f32x4.pmin(a0, b0))
    v128.store(a, f32x4.pmin(a1, b1), 16)
    v128.store(b, f32x4.pmax(a0, b0))
    v128.store(b, f32x4.pmax(a1, b1), 16)
  }
  const low = tile + (<usize>((frames - 1) >> 1) << 5)
  const high = tile + (<usize>(frames >> 1) << 5)
  const two = f64x2.splat(2)
  for (let g: usize = 0; g < 32; g += 8) {
    store2(out + g, f64x2.add(load2(scratch + PIVOT + g), f64x2.div(f64x2.add(load2(low + g), load2(high + g)), two)))
  }
}

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
function prove(frames: i32, network: usize, comparators: i32, reach: f64, scratch: usize): i32 {
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
function deviations(frames: i32, network: usize, comparators: i32, scratch: usize): void {
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
function clipPixel(
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

/**
 * `meanVarianceU16` of a strip; frame t starts at raw + t * stride; 2 to 32 767 frames. Two frames at a time: a product of 16-bit
 * integers and the sum of two of them are one instruction.
 * @param scratch 64 bytes
 */
export function meanVarianceU16(
  raw: usize, stride: usize, frames: i32, count: i32, mean: usize, variance: usize, scratch: usize
): void {
  const n = f64x2.splat(<f64>frames)
  const middle = f64x2.splat(32768 * <f64>frames)
  const pairs = f64x2.splat(<f64>frames * <f64>(frames - 1))
  // an integer below 2^52 behind the bits of 2^52 makes their sum
  const big = f64x2.splat(4503599627370496)
  const bias = i16x8.splat(-32768)
  const one = i16x8.splat(1)
  for (let i: usize = 0; i < <usize>count; i += 8) {
    let s0 = i32x4.splat(0)
    let s1 = s0
    let q0 = s0
    let q1 = s0
    let q2 = s0
    let q3 = s0
    let frame = raw + (i << 1)
    for (let t = 0; t < frames; t += 2, frame += stride << 1) {
      const a = v128.xor(v128.load(frame), bias)
      const b = t + 1 < frames ? v128.xor(v128.load(frame + stride), bias) : i16x8.splat(0)
      const low = v128.shuffle<u16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
      const high = v128.shuffle<u16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
      s0 = i32x4.add(s0, i32x4.dot_i16x8_s(low, one))
      s1 = i32x4.add(s1, i32x4.dot_i16x8_s(high, one))
      const d0 = i32x4.dot_i16x8_s(low, low)
      const d1 = i32x4.dot_i16x8_s(high, high)
      q0 = i64x2.add(q0, i64x2.extend_low_i32x4_u(d0))
      q1 = i64x2.add(q1, i64x2.extend_high_i32x4_u(d0))
      q2 = i64x2.add(q2, i64x2.extend_low_i32x4_u(d1))
      q3 = i64x2.add(q3, i64x2.extend_high_i32x4_u(d1))
    }
    const to = mean + (i << 2)
    v128.store(to, s0)
    v128.store(to, s1, 16)
    v128.store(scratch, q0)
    v128.store(scratch, q1, 16)
    v128.store(scratch, q2, 32)
    v128.store(scratch, q3, 48)
    for (let g: usize = 0; g < 32; g += 8) {
      const s = f64x2.convert_low_i32x4_s(v128.load64_zero(to + g))
      const q = v128.load(scratch + (g << 1))
      store2(to + g, f64x2.div(f64x2.add(s, middle), n))
      store2(variance + (i << 2) + g, f64x2.div(f64x2.sub(f64x2.mul(n, f64x2.sub(v128.or(q, big), big)), f64x2.mul(s, s)), pairs))
    }
  }
}

/**
 * `medianU16` of a strip, 32 pixels a turn: areas are read and written up to the next multiple of 32 pixels.
 * @param network pairs of 16 * frame, as for `combineU16` @param scratch 64 bytes per frame
 */
export function medianU16(
  raw: usize, stride: usize, frames: i32, count: i32, network: usize, comparators: i32, out: usize, scratch: usize
): void {
  const end = network + (<usize>comparators << 2)
  const low = scratch + (<usize>((frames - 1) >> 1) << 6)
  const high = scratch + (<usize>(frames >> 1) << 6)
  const half = f32x4.splat(0.5)
  for (let i: usize = 0; i < <usize>count; i += 32) {
    for (let t: usize = 0; t < <usize>frames; t++) memory.copy(scratch + (t << 6), raw + t * stride + (i << 1), 64)
    for (let at = network; at < end; at += 4) {
      const pair = load<u32>(at)
      const a = scratch + ((pair & 0xffff) << 2)
      const b = scratch + (pair >> 16 << 2)
      const a0 = v128.load(a)
      const b0 = v128.load(b)
      const a1 = v128.load(a, 16)
      const b1 = v128.load(b, 16)
      const a2 = v128.load(a, 32)
      const b2 = v128.load(b, 32)
      const a3 = v128.load(a, 48)
      const b3 = v128.load(b, 48)
      v128.store(a, i16x8.min_u(a0, b0))
      v128.store(b, i16x8.max_u(a0, b0))
      v128.store(a, i16x8.min_u(a1, b1), 16)
      v128.store(b, i16x8.max_u(a1, b1), 16)
      v128.store(a, i16x8.min_u(a2, b2), 32)
      v128.store(b, i16x8.max_u(a2, b2), 32)
      v128.store(a, i16x8.min_u(a3, b3), 48)
      v128.store(b, i16x8.max_u(a3, b3), 48)
    }
    for (let c: usize = 0; c < 64; c += 8) {
      const sum = i32x4.add(v128.load16x4_u(low + c), v128.load16x4_u(high + c))
      v128.store(out + (i << 2) + (c << 1), f32x4.mul(half, toF32(sum)))
    }
  }
}
