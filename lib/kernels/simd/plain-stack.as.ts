// AssemblyScript. One statistic of every pixel of a stack of u16 frames, raw values as they are; each function has the bits of the
// TypeScript kernel named with it. Areas are read and written up to the next multiple of eight pixels.

import { store2, toF32 } from './lanes.as'

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
    // sums of squares, 64 bits: those of odd pixels, and all with them 32 bits higher
    let h0 = s0
    let h1 = s0
    let m0 = s0
    let m1 = s0
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
      h0 = i64x2.add(h0, i64x2.shr_u(d0, 32))
      h1 = i64x2.add(h1, i64x2.shr_u(d1, 32))
      m0 = i64x2.add(m0, d0)
      m1 = i64x2.add(m1, d1)
    }
    m0 = i64x2.sub(m0, i64x2.shl(h0, 32))
    m1 = i64x2.sub(m1, i64x2.shl(h1, 32))
    const to = mean + (i << 2)
    v128.store(to, s0)
    v128.store(to, s1, 16)
    v128.store(scratch, v128.shuffle<u64>(m0, h0, 0, 2))
    v128.store(scratch, v128.shuffle<u64>(m0, h0, 1, 3), 16)
    v128.store(scratch, v128.shuffle<u64>(m1, h1, 0, 2), 32)
    v128.store(scratch, v128.shuffle<u64>(m1, h1, 1, 3), 48)
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
  const rows = scratch + (<usize>frames << 6)
  const low = scratch + (<usize>((frames - 1) >> 1) << 6)
  const high = scratch + (<usize>(frames >> 1) << 6)
  const half = f32x4.splat(0.5)
  for (let i: usize = 0; i < <usize>count; i += 32) {
    let from = raw + (i << 1)
    for (let to = scratch; to < rows; to += 64, from += stride) {
      v128.store(to, v128.load(from))
      v128.store(to, v128.load(from, 16), 16)
      v128.store(to, v128.load(from, 32), 32)
      v128.store(to, v128.load(from, 48), 48)
    }
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
