// AssemblyScript. Stacks of u16 frames: figures of a frame, and the frames of every pixel combined, eight pixels a turn; each function has
// the bits of the TypeScript kernel named with it. All pointers are byte offsets into the memory. Areas that hold a value per pixel are
// read and written up to the next multiple of eight pixels.

import { clipPixel, deviations, prove } from './clip.as'
import { load2, store2, swap, toF32, upper } from './lanes.as'
import { CONSISTENCY, EVEN, HIGHEST, LOWEST, MEAN, ODD, PIVOT, SQUARES, STEP, TILE } from './tile.as'

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
