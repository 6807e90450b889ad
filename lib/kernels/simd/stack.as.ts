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
function upper(v: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<u64>(v, v, 1, 1))
}
// @ts-expect-error a decorator of AssemblyScript
@inline
function lanes16(v: v128): i32 {
  const s = i32x4.extadd_pairwise_i16x8_u(v)
  return i32x4.extract_lane(s, 0) + i32x4.extract_lane(s, 1) + i32x4.extract_lane(s, 2) + i32x4.extract_lane(s, 3)
}
// @ts-expect-error a decorator of AssemblyScript
@inline
function most16(v: v128): i32 {
  v = i16x8.max_u(v, v128.shuffle<u64>(v, v, 1, 0))
  v = i16x8.max_u(v, v128.shuffle<u32>(v, v, 1, 0, 3, 2))
  v = i16x8.max_u(v, v128.shuffle<u16>(v, v, 1, 0, 3, 2, 5, 4, 7, 6))
  return <i32>i16x8.extract_lane_u(v, 0)
}

/**
 * `measureFrameU16`, one block of at most 65 536 pixels: adds to the sums at `out` (float64: sum, squares about the pivot) and to the
 * figures after them (int32: smallest, largest, pixels at the largest, pixels above `near`, pixels above `top`).
 */
export function measureBlockU16(data: usize, count: i32, pivot: i32, near: i32, top: i32, out: usize): void {
  const bias = i16x8.splat(-32768)
  const one = i16x8.splat(1)
  const above = i16x8.splat(<i16>near)
  const full = i16x8.splat(<i16>top)
  let sums = i32x4.splat(0)
  let q0 = i64x2.splat(0)
  let q1 = i64x2.splat(0)
  let least = i16x8.splat(-1)
  let most = i16x8.splat(0)
  let nearly = i16x8.splat(0)
  let saturated = i16x8.splat(0)
  const whole: usize = count & ~7
  let i: usize = 0
  for (; i < whole; i += 8) {
    const v = v128.load(data + (i << 1))
    const b = v128.xor(v, bias)
    sums = i32x4.add(sums, i32x4.dot_i16x8_s(b, one))
    const d = i32x4.dot_i16x8_s(b, b)
    q0 = i64x2.add(q0, i64x2.extend_low_i32x4_u(d))
    q1 = i64x2.add(q1, i64x2.extend_high_i32x4_u(d))
    least = i16x8.min_u(least, v)
    most = i16x8.max_u(most, v)
    nearly = i16x8.sub(nearly, i16x8.gt_u(v, above))
    saturated = i16x8.sub(saturated, i16x8.gt_u(v, full))
  }
  let sum: i64 = <i64>i32x4.extract_lane(sums, 0) + <i64>i32x4.extract_lane(sums, 1) + <i64>i32x4.extract_lane(sums, 2) + <i64>i32x4.extract_lane(sums, 3)
  q0 = i64x2.add(q0, q1)
  let squares: i64 = i64x2.extract_lane(q0, 0) + i64x2.extract_lane(q0, 1)
  let lowest = 65535 - most16(v128.not(least))
  let highest = most16(most)
  let nearlyCount = lanes16(nearly)
  let saturatedCount = lanes16(saturated)
  for (; i < <usize>count; i++) {
    const v = <i32>load<u16>(data + (i << 1))
    const b = <i64>(v - 32768)
    sum += b
    squares += b * b
    lowest = min(lowest, v)
    highest = max(highest, v)
    nearlyCount += i32(v > near)
    saturatedCount += i32(v > top)
  }
  const c = <i64>(pivot - 32768)
  store<f64>(out, load<f64>(out) + <f64>(sum + 32768 * <i64>count))
  store<f64>(out, load<f64>(out, 8) + <f64>(squares - 2 * c * sum + c * c * <i64>count), 8)
  store<i32>(out, min(load<i32>(out, 16), lowest), 16)
  const before = load<i32>(out, 20)
  if (highest >= before) {
    store<i32>(out, (highest > before ? 0 : load<i32>(out, 24)) + countEqualU16(data, count, highest), 24)
    store<i32>(out, highest, 20)
  }
  store<i32>(out, load<i32>(out, 28) + nearlyCount, 28)
  store<i32>(out, load<i32>(out, 32) + saturatedCount, 32)
}

function countEqualU16(data: usize, count: i32, value: i32): i32 {
  const wanted = i16x8.splat(<i16>value)
  let equal = i16x8.splat(0)
  const whole: usize = count & ~7
  let i: usize = 0
  for (; i < whole; i += 8) equal = i16x8.sub(equal, i16x8.eq(v128.load(data + (i << 1)), wanted))
  let n = lanes16(equal)
  for (; i < <usize>count; i++) n += i32(<i32>load<u16>(data + (i << 1)) == value)
  return n
}

/** `countBelowU16`, at most 262 143 pixels. */
export function countBelowU16(data: usize, map: usize, count: i32): i32 {
  let below = i16x8.splat(0)
  const whole: usize = count & ~7
  let i: usize = 0
  for (; i < whole; i += 8) {
    const v = v128.load(data + (i << 1))
    const a = f32x4.lt(toF32(i32x4.extend_low_i16x8_u(v)), v128.load(map + (i << 2)))
    const b = f32x4.lt(toF32(i32x4.extend_high_i16x8_u(v)), v128.load(map + (i << 2), 16))
    below = i16x8.sub(below, i16x8.narrow_i32x4_s(a, b))
  }
  let n = lanes16(below)
  for (; i < <usize>count; i++) n += i32(<f32>load<u16>(data + (i << 1)) < load<f32>(map + (i << 2)))
  return n
}

// ---- scratch of combineU16: sums of eight pixels, then the tile of their deviations, its 16-bit copy, and one sorted pixel ----
const EVEN: usize = 0
const ODD: usize = 64
const SQUARES: usize = 128
const PIVOT: usize = 192
const LOWEST: usize = 224
const HIGHEST: usize = 256
const STEP: usize = 288
const MEAN: usize = 320
const SPREAD: usize = 352
const TILE: usize = 384

/** 1 / z(3/4): makes a MAD the sd of normal values. */
const CONSISTENCY: f64 = 1.4826022185056018

/**
 * `gatherTileU16` and `combineTile` (then `thirdLargestStep`) of a strip; frame t of it starts at raw + t * stride. 2 to 32 767 frames.
 * @param base float32 per pixel @param scales, shifts float32 per frame
 * @param top a raw value above it is saturated
 * @param mode 0 mean, 1 median, 2 clip @param network comparators of the median: pairs of tile offsets (u16), `comparators` of them
 * @param thirdFloor sd up to which a pixel is not looked at for its third largest step; below 0: none is
 * @param out float32 maps `outStride` apart: location, its error, sd, clipped sd, largest step, even and odd half, third step; then
 *   changed (u8) and saturated (u16) at the same distance
 * @param rejected uint32 per frame, counted up
 * @param scratch 384 bytes and 56 per frame
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
      inLimits |= ((bits >> 2) & 3) << (<i32>g << 1)
      if ((bits >> 4) != 0 && (lanes == 8 || notFinite(scratch, lanes))) return 0
    }
    if (thirdFloor >= 0) thirdStep(frames, thirdFloor, to + (outStride << 1), to + outStride * 7, scratch)
    if (mode == 1) medians(frames, network, comparators, to, scratch)
    if (mode == 2 && kept != all) {
      const asked = inLimits & ~kept
      if (asked != 0) kept |= asked & prove(frames, asked, kappa * CONSISTENCY, scratch)
      for (let lane = 0; lane < lanes; lane++) {
        if (((kept >> lane) & 1) == 0) {
          clipPixel(frames, lane, kappa, floor, passes, clipCorrection, to + (<usize>lane << 2), outStride, rejected, scratch)
        }
      }
    }
  }
  return 1
}

function notFinite(scratch: usize, lanes: i32): bool {
  for (let lane: usize = 0; lane < <usize>lanes; lane++) {
    const q = load<f64>(scratch + SQUARES + (lane << 3))
    if (q - q != 0) return true
  }
  return false
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
  let t = 0
  for (; t + 1 < frames; t += 2, frame += stride << 1, tile += 64) {
    const a = f32x4.sub(levelOf(frame, offset, scales, shifts, t), pivot)
    v128.store(tile, a)
    lowest = f32x4.pmin(lowest, a)
    highest = f32x4.pmax(highest, a)
    step = f32x4.pmax(step, f32x4.abs(f32x4.sub(a, previous)))
    const a0 = f64x2.promote_low_f32x4(a)
    const a1 = upper(a)
    e0 = f64x2.add(e0, a0)
    e1 = f64x2.add(e1, a1)
    q0 = f64x2.add(q0, f64x2.mul(a0, a0))
    q1 = f64x2.add(q1, f64x2.mul(a1, a1))
    const b = f32x4.sub(levelOf(frame + stride, offset, scales, shifts, t + 1), pivot)
    v128.store(tile, b, 32)
    lowest = f32x4.pmin(lowest, b)
    highest = f32x4.pmax(highest, b)
    step = f32x4.pmax(step, f32x4.abs(f32x4.sub(b, a)))
    previous = b
    const b0 = f64x2.promote_low_f32x4(b)
    const b1 = upper(b)
    o0 = f64x2.add(o0, b0)
    o1 = f64x2.add(o1, b1)
    q0 = f64x2.add(q0, f64x2.mul(b0, b0))
    q1 = f64x2.add(q1, f64x2.mul(b1, b1))
  }
  if (t < frames) {
    const a = f32x4.sub(levelOf(frame, offset, scales, shifts, t), pivot)
    v128.store(tile, a)
    lowest = f32x4.pmin(lowest, a)
    highest = f32x4.pmax(highest, a)
    step = f32x4.pmax(step, f32x4.abs(f32x4.sub(a, previous)))
    const a0 = f64x2.promote_low_f32x4(a)
    const a1 = upper(a)
    e0 = f64x2.add(e0, a0)
    e1 = f64x2.add(e1, a1)
    q0 = f64x2.add(q0, f64x2.mul(a0, a0))
    q1 = f64x2.add(q1, f64x2.mul(a1, a1))
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
 * Maps of two pixels when nothing is clipped. Bits 0 and 1: clipping surely keeps everything; 2 and 3: it does in its second pass;
 * 4 and 5: a value is not finite.
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
  store2(narrow + SPREAD, spread)
  const lowest = load2(narrow + LOWEST)
  const highest = load2(narrow + HIGHEST)
  const limit = f64x2.mul(f64x2.splat(kappa), spread)
  const narrowEnough = f64x2.le(f64x2.sub(highest, lowest), f64x2.splat(kappa * floor))
  const within = v128.and(f64x2.le(f64x2.sub(highest, mean), limit), f64x2.le(f64x2.sub(mean, lowest), limit))
  const wild = f64x2.ne(f64x2.sub(squares, squares), zero)
  return i64x2.bitmask(narrowEnough) | (i64x2.bitmask(within) << 2) | (i64x2.bitmask(wild) << 4)
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
    const a = tile + (pair & 0xffff)
    const b = tile + (pair >> 16)
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

/** Times that the bracket of the median is narrowed before the long way is shorter. */
const ROUNDS = 4

/**
 * Bit of each pixel for which clipping about the median surely keeps everything, of those asked for: the median is bracketed by
 * counting, and when fewer than half of the values lie closer to the bracket than x, then MAD >= x = D / reach, D being the distance of
 * the farthest value. Counted in steps of 1/16 000 of the largest deviation; margins of two steps cover every rounding.
 */
function prove(frames: i32, asked: i32, reach: f64, scratch: usize): i32 {
  if (!(reach > 1.01)) return 0
  const c0 = v128.load(scratch + MEAN)
  const c1 = v128.load(scratch + MEAN, 16)
  const low0 = f32x4.sub(v128.load(scratch + LOWEST), c0)
  const low1 = f32x4.sub(v128.load(scratch + LOWEST, 16), c1)
  const high0 = f32x4.sub(v128.load(scratch + HIGHEST), c0)
  const high1 = f32x4.sub(v128.load(scratch + HIGHEST, 16), c1)
  const unit = f32x4.splat(16000)
  const k0 = f32x4.div(unit, f32x4.pmax(high0, f32x4.neg(low0)))
  const k1 = f32x4.div(unit, f32x4.pmax(high1, f32x4.neg(low1)))
  const lowest = join(f32x4.mul(low0, k0), f32x4.mul(low1, k1))
  const highest = join(f32x4.mul(high0, k0), f32x4.mul(high1, k1))
  const spread = join(f32x4.mul(v128.load(scratch + SPREAD), k0), f32x4.mul(v128.load(scratch + SPREAD, 16), k1))
  // the median of normal values stays this close to their mean: 0.15 and 0.3 of the sd, for 32 of them 1.1 and 2.2 sigma
  const near = i16x8.q15mulr_sat_s(spread, i16x8.splat(4915))
  const far = i16x8.q15mulr_sat_s(spread, i16x8.splat(9830))
  const zero = i16x8.splat(0)
  const farBelow = i16x8.neg(far)
  const nearBelow = i16x8.neg(near)
  let n0 = zero
  let n1 = zero
  let n2 = zero
  let n3 = zero
  let n4 = zero
  let tile = scratch + TILE
  const copy = tile + (<usize>frames << 5)
  const end = copy + (<usize>frames << 4)
  for (let at = copy; at < end; at += 16, tile += 32) {
    const q = join(f32x4.mul(f32x4.sub(v128.load(tile), c0), k0), f32x4.mul(f32x4.sub(v128.load(tile, 16), c1), k1))
    v128.store(at, q)
    n0 = i16x8.sub(n0, i16x8.lt_s(q, farBelow))
    n1 = i16x8.sub(n1, i16x8.lt_s(q, nearBelow))
    n2 = i16x8.sub(n2, i16x8.lt_s(q, zero))
    n3 = i16x8.sub(n3, i16x8.lt_s(q, near))
    n4 = i16x8.sub(n4, i16x8.lt_s(q, far))
  }
  // both middle values are at least an edge with no more than this many values below it, and below one with that many or more
  const few = i16x8.splat(<i16>((frames - 1) >> 1))
  const most = i16x8.splat(<i16>((frames >> 1) + 1))
  let low = i16x8.sub(lowest, i16x8.splat(1))
  let high = i16x8.add(highest, i16x8.splat(2))
  low = v128.bitselect(farBelow, low, i16x8.le_s(n0, few))
  low = v128.bitselect(nearBelow, low, i16x8.le_s(n1, few))
  low = v128.bitselect(zero, low, i16x8.le_s(n2, few))
  low = v128.bitselect(near, low, i16x8.le_s(n3, few))
  low = v128.bitselect(far, low, i16x8.le_s(n4, few))
  high = v128.bitselect(far, high, i16x8.ge_s(n4, most))
  high = v128.bitselect(near, high, i16x8.ge_s(n3, most))
  high = v128.bitselect(zero, high, i16x8.ge_s(n2, most))
  high = v128.bitselect(nearBelow, high, i16x8.ge_s(n1, most))
  high = v128.bitselect(farBelow, high, i16x8.ge_s(n0, most))
  const share = i16x8.splat(<i16>(<i32>ceil(32768 / reach)))
  const two = i16x8.splat(2)
  let proven = 0
  for (let round = 0; ; round++) {
    const farthest = i16x8.add(i16x8.max_s(i16x8.sub(highest, low), i16x8.sub(high, lowest)), two)
    const x = i16x8.add(i16x8.q15mulr_sat_s(farthest, share), i16x8.splat(4))
    const from = i16x8.sub_sat_s(low, x)
    const width = i16x8.sub(i16x8.add_sat_s(high, x), from)
    let inside = zero
    for (let at = copy; at < end; at += 16) inside = i16x8.sub(inside, i16x8.le_u(i16x8.sub(v128.load(at), from), width))
    proven |= i16x8.bitmask(i16x8.le_s(inside, few))
    if (round == ROUNDS || (asked & ~proven) == 0) return proven
    // not twice at the same place: between two middle values that stand on either side nothing would be gained
    const gap = i16x8.sub(high, low)
    const middle = i16x8.add(low, (round & 1) == 0 ? i16x8.shr_u(gap, 1) : i16x8.sub(i16x8.shr_u(gap, 1), i16x8.shr_u(gap, 3)))
    let below = zero
    for (let at = copy; at < end; at += 16) below = i16x8.sub(below, i16x8.lt_s(v128.load(at), middle))
    low = v128.bitselect(middle, low, i16x8.le_s(below, few))
    high = v128.bitselect(middle, high, i16x8.ge_s(below, most))
  }
  return proven
}

/** `combinePixel` in mode 2 for one pixel of the tile, without values that are left out. */
function clipPixel(
  frames: i32, lane: i32, kappa: f64, floor: f64, passes: i32, clipCorrection: f64, to: usize, outStride: usize, rejected: usize, scratch: usize
): void {
  const n: usize = frames
  const tile = scratch + TILE + (<usize>lane << 2)
  const sorted = scratch + TILE + n * 48
  const pivot = <f64>load<f32>(scratch + PIVOT + (<usize>lane << 2))
  for (let t: usize = 0; t < n; t++) store<f64>(sorted + (t << 3), <f64>load<f32>(tile + (t << 5)))
  sortF64(sorted, frames)
  let centre = (load<f64>(sorted + (((n - 1) >> 1) << 3)) + load<f64>(sorted + ((n >> 1) << 3))) / 2
  let limit = kappa * max<f64>(floor, CONSISTENCY * deviationOf(sorted, frames, centre))
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

/** Shell sort, gaps of Ciura. */
function sortF64(values: usize, count: i32): void {
  for (let gap = 701; gap > 0; gap = gap == 701 ? 301 : gap == 301 ? 132 : gap == 132 ? 57 : gap == 57 ? 23 : gap == 23 ? 10 : gap == 10 ? 4 : gap == 4 ? 1 : 0) {
    for (let i = gap; i < count; i++) {
      const value = load<f64>(values + (<usize>i << 3))
      let k = i - gap
      for (; k >= 0 && load<f64>(values + (<usize>k << 3)) > value; k -= gap) {
        store<f64>(values + (<usize>(k + gap) << 3), load<f64>(values + (<usize>k << 3)))
      }
      store<f64>(values + (<usize>(k + gap) << 3), value)
    }
  }
}

/** `deviationOfSorted`. */
function deviationOf(sorted: usize, count: i32, median: f64): f64 {
  let low = (count - 1) >> 1
  let high = low + 1
  let last: f64 = 0
  let before: f64 = 0
  for (let k = 0; k <= count >> 1; k++) {
    before = last
    const down = low >= 0 ? median - load<f64>(sorted + (<usize>low << 3)) : Infinity
    const up = high < count ? load<f64>(sorted + (<usize>high << 3)) - median : Infinity
    if (down <= up) {
      last = down
      low--
    } else {
      last = up
      high++
    }
  }
  return (count & 1) == 1 ? last : (before + last) / 2
}
