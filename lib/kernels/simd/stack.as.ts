// AssemblyScript. The frames of every pixel of a stack combined, eight pixels a turn; each function has the bits of the TypeScript kernel
// named with it. All pointers are byte offsets into the memory. Areas that hold a value per pixel are read and written up to the next
// multiple of eight pixels.

import { clip, movePixel, prove } from './clip.as'
import { load2, store2, toF32 } from './lanes.as'
import { CONSISTENCY, EVEN, HIGHEST, LOWEST, MEAN, ODD, PIVOT, PLACES, SQUARES, STEP, TILE } from './tile.as'

/**
 * `gatherTileU16` and `combineTile` (then `thirdLargestStep`) of a strip; frame t of it starts at raw + t * stride. 2 to 32 766 frames.
 * @param base float32 per pixel @param scales, shifts float32 per frame
 * @param top a raw value above it is saturated
 * @param mode 0 mean, 1 median, 2 clip (kappa from 1 on) @param network
 *   comparators of the median (mode 1): pairs of 16 * frame (u16), `comparators` of them
 * @param thirdFloor sd up to which a pixel is not looked at for its third largest step; below 0: none is
 * @param out float32 maps `outStride` apart: location, its error, sd, clipped sd, largest step, even and odd half, third step; then
 *   changed (u8) and saturated (u16) at the same distance, and the number of frames used (u32), which is set where some were clipped
 * @param rejected uint32 per frame, counted up
 * @param scratch 896 bytes and 104 per frame
 * @returns 0 when a value is not finite: nothing of this strip is to be used then
 */
export function combineU16(
  raw: usize, stride: usize, frames: i32, count: i32, base: usize, scales: usize, shifts: usize, top: i32,
  mode: i32, network: usize, comparators: i32, medianFactor: f64, kappa: f64, floor: f64, passes: i32, clipCorrection: f64,
  thirdFloor: f32, out: usize, outStride: usize, rejected: usize, scratch: usize
): i32 {
  const all = (1 << 8) - 1
  // pixels of which nothing is proved wait here until there are eight
  const unproven = scratch + TILE + 32 + 48 * <usize>frames
  let pixels: usize = 0
  for (let i: usize = 0; i < <usize>count; i += 8) {
    const frame = raw + (i << 1)
    const lanes = min(8, count - <i32>i)
    bookOf(frame, stride, frames, top, out + (outStride << 3) + i, out + outStride * 9 + (i << 1))
    for (let half: usize = 0; half < 32; half += 16) {
      gather(frame + (half >> 1), stride, frames, base + (i << 2) + half, scales, shifts, scratch + half)
      addUp(frames, scratch + (half << 1), scratch + TILE + half)
    }
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
      kept |= inLimits & prove(frames, kappa * CONSISTENCY, to + (outStride << 1), scratch)
      for (let lane = 0; lane < lanes; lane++) {
        if (((kept >> lane) & 1) != 0) continue
        const at: usize = lane << 2
        movePixel(frames, scratch + at, unproven + (pixels << 2))
        store<u32>(unproven + (pixels << 2), <u32>(to + at) + ((inLimits >> lane) & 1), PLACES)
        if (++pixels == 8) {
          clip(frames, pixels, kappa, floor, passes, clipCorrection, outStride, rejected, unproven)
          pixels = 0
        }
      }
    }
  }
  if (pixels > 0) clip(frames, pixels, kappa, floor, passes, clipCorrection, outStride, rejected, unproven)
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
  let least = v128.load(frame)
  let most = least
  let at = frame
  for (let t = 1; t < frames; t++) {
    at += stride
    const v = v128.load(at)
    least = i16x8.min_u(least, v)
    most = i16x8.max_u(most, v)
  }
  const ones = i16x8.neg(i16x8.ne(least, most))
  v128.store64_lane(changed, i8x16.narrow_i16x8_u(ones, ones), 0)
  const full = i16x8.splat(<i16>top)
  let count = i16x8.splat(0)
  if (v128.any_true(i16x8.gt_u(most, full))) {
    for (let t = 0; t < frames; t++, frame += stride) count = i16x8.sub(count, i16x8.gt_u(v128.load(frame), full))
  }
  v128.store(saturated, count)
}

// @ts-expect-error a decorator of AssemblyScript
@inline
function levelOf(frame: usize, base: v128, scale: usize, shift: usize): v128 {
  const above = f32x4.sub(toF32(v128.load16x4_u(frame)), base)
  return f32x4.sub(f32x4.mul(above, v128.load32_splat(scale)), v128.load32_splat(shift))
}

/** Four pixels: deviations into the tile, the smallest and the largest of them, and the largest step. */
function gather(frame: usize, stride: usize, frames: i32, base: usize, scales: usize, shifts: usize, scratch: usize): void {
  const offset = v128.load(base)
  const pivot = levelOf(frame, offset, scales, shifts)
  let lowest = f32x4.splat(0)
  let highest = lowest
  let up = lowest
  let down = lowest
  let previous = lowest
  let tile = scratch + TILE
  for (const end = tile + (<usize>frames << 5); tile < end; frame += stride, scales += 4, shifts += 4, tile += 32) {
    const a = f32x4.sub(levelOf(frame, offset, scales, shifts), pivot)
    const s = f32x4.sub(a, previous)
    v128.store(tile, a)
    lowest = f32x4.pmin(lowest, a)
    highest = f32x4.pmax(highest, a)
    up = f32x4.pmax(up, s)
    down = f32x4.pmin(down, s)
    previous = a
  }
  v128.store(scratch, pivot, PIVOT)
  v128.store(scratch, lowest, LOWEST)
  v128.store(scratch, highest, HIGHEST)
  v128.store(scratch, f32x4.pmax(up, f32x4.neg(down)), STEP)
}

/** Sums and squares of two or four.. */
function addUp(frames: i32, wide: usize, tile: usize): void {
  const zero = f64x2.splat(0)
  let e0 = zero
  let e1 = zero
  let o0 = zero
  let o1 = zero
  let q0 = zero
  let q1 = zero
  for (const end = tile + (<usize>frames << 5); tile < end; tile += 64) {
    const a0 = load2(tile)
    const a1 = load2(tile + 8)
    q0 = f64x2.add(q0, f64x2.mul(a0, a0))
    q1 = f64x2.add(q1, f64x2.mul(a1, a1))
    e0 = f64x2.add(e0, a0)
    e1 = f64x2.add(e1, a1)
    if (tile + 32 == end) break
    const b0 = load2(tile + 32)
    const b1 = load2(tile + 40)
    q0 = f64x2.add(q0, f64x2.mul(b0, b0))
    q1 = f64x2.add(q1, f64x2.mul(b1, b1))
    o0 = f64x2.add(o0, b0)
    o1 = f64x2.add(o1, b1)
  }
  v128.store(wide, e0, EVEN)
  v128.store(wide, e1, EVEN + 16)
  v128.store(wide, o0, ODD)
  v128.store(wide, o1, ODD + 16)
  v128.store(wide, q0, SQUARES)
  v128.store(wide, q1, SQUARES + 16)
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
