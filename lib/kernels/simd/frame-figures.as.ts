// AssemblyScript. Figures of one u16 frame, eight pixels a turn; each function has the bits of the TypeScript kernel named with it. All
// pointers are byte offsets into the memory.

import { lanes16, toF32 } from './lanes.as'

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
