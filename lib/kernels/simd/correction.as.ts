// AssemblyScript. Correction and repair, eight pixels a turn; each function has the bits of the TypeScript kernel of its name.
// All arguments are byte offsets into the memory, of the first value that is worked on; counts are in values. No alignment is needed.

import { GROUP_HEAD_BYTES, GROUP_SOURCE_BYTES, GROUP_TARGET_BYTES } from './layouts.as'

/** Signed conversion: one instruction, where the unsigned one takes seven. */
// @ts-expect-error a decorator of AssemblyScript
@inline
function low(v: v128): v128 {
  return f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(v))
}
// @ts-expect-error a decorator of AssemblyScript
@inline
function high(v: v128): v128 {
  return f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(v))
}
/** Sum of the 16-bit lanes of a counter that went up by the masks of comparisons. */
// @ts-expect-error a decorator of AssemblyScript
@inline
function sum16(v: v128): i32 {
  return sum32(i32x4.extadd_pairwise_i16x8_u(v))
}
// @ts-expect-error a decorator of AssemblyScript
@inline
function sum32(v: v128): i32 {
  return i32x4.extract_lane(v, 0) + i32x4.extract_lane(v, 1) + i32x4.extract_lane(v, 2) + i32x4.extract_lane(v, 3)
}
/** The formula of the correction, for four pixels and for one. */
// @ts-expect-error a decorator of AssemblyScript
@inline
function correctFour(raw: v128, offset: v128, gain: v128): v128 {
  return f32x4.mul(f32x4.sub(raw, offset), gain)
}
// @ts-expect-error a decorator of AssemblyScript
@inline
function correctOne(raw: f32, offset: usize, gain: usize): f32 {
  return (raw - load<f32>(offset)) * load<f32>(gain)
}

/** -1 where r <= top: SSE has no unsigned comparison of 16 bits, but a saturating difference of 0 says the same. */
// @ts-expect-error a decorator of AssemblyScript
@inline
function below(r: v128, top: v128): v128 {
  return i16x8.eq(i16x8.sub_sat_u(r, top), i16x8.splat(0))
}

/** At most 262 143 values a call: counters have 16 bits. `saturation` from 0 to 65536. Returns the saturated values. */
export function correctU16ToF32(raw: usize, offset: usize, gain: usize, out: usize, count: i32, saturation: i32): i32 {
  const top = i16x8.splat(<i16>(saturation - 1))
  let lower = i16x8.splat(0)
  let tail = 0
  let r = raw
  const whole = raw + (<usize>(count & ~15) << 1)
  const end = raw + (<usize>count << 1)
  for (; r < whole; r += 32, offset += 64, gain += 64, out += 64) {
    const a = v128.load(r)
    const b = v128.load(r, 16)
    v128.store(out, correctFour(low(a), v128.load(offset), v128.load(gain)))
    v128.store(out, correctFour(high(a), v128.load(offset, 16), v128.load(gain, 16)), 16)
    v128.store(out, correctFour(low(b), v128.load(offset, 32), v128.load(gain, 32)), 32)
    v128.store(out, correctFour(high(b), v128.load(offset, 48), v128.load(gain, 48)), 48)
    lower = i16x8.sub(i16x8.sub(lower, below(a, top)), below(b, top))
  }
  for (; r < end; r += 2, offset += 4, gain += 4, out += 4) {
    store<f32>(out, correctOne(<f32>load<u16>(r), offset, gain))
    tail += i32(<i32>load<u16>(r) >= saturation)
  }
  return saturation < 1 ? count : (count & ~15) - sum16(lower) + tail
}

export function correctF32ToF32(raw: usize, offset: usize, gain: usize, out: usize, count: i32, saturation: f32): i32 {
  const limit = f32x4.splat(saturation)
  let above = i32x4.splat(0)
  const whole: usize = count & ~3
  let i: usize = 0
  for (; i < whole; i += 4) {
    const p = i << 2
    const r = v128.load(raw + p)
    v128.store(out + p, correctFour(r, v128.load(offset + p), v128.load(gain + p)))
    above = i32x4.sub(above, f32x4.ge(r, limit))
  }
  let saturated = sum32(above)
  for (; i < <usize>count; i++) {
    const p = i << 2
    const r = load<f32>(raw + p)
    store<f32>(out + p, correctOne(r, offset + p, gain + p))
    saturated += i32(r >= saturation)
  }
  return saturated
}

/** As `correctU16ToF32`, without offset and gain. */
export function loadU16ToF32(raw: usize, values: usize, count: i32, saturation: i32): i32 {
  const top = i16x8.splat(<i16>(saturation - 1))
  let lower = i16x8.splat(0)
  let tail = 0
  let r = raw
  const whole = raw + (<usize>(count & ~7) << 1)
  const end = raw + (<usize>count << 1)
  for (; r < whole; r += 16, values += 32) {
    const a = v128.load(r)
    v128.store(values, low(a))
    v128.store(values, high(a), 16)
    lower = i16x8.sub(lower, below(a, top))
  }
  for (; r < end; r += 2, values += 4) {
    store<f32>(values, <f32>load<u16>(r))
    tail += i32(<i32>load<u16>(r) >= saturation)
  }
  return saturation < 1 ? count : (count & ~7) - sum16(lower) + tail
}

/** As `correctF32ToF32`, without offset and gain. */
export function loadF32ToF32(raw: usize, values: usize, count: i32, saturation: f32): i32 {
  const limit = f32x4.splat(saturation)
  let above = i32x4.splat(0)
  const whole: usize = <usize>(count & ~3) << 2
  const end: usize = <usize>count << 2
  let i: usize = 0
  for (; i < whole; i += 16) {
    const r = v128.load(raw + i)
    v128.store(values + i, r)
    above = i32x4.sub(above, f32x4.ge(r, limit))
  }
  let saturated = sum32(above)
  for (; i < end; i += 4) {
    const r = load<f32>(raw + i)
    store<f32>(values + i, r)
    saturated += i32(r >= saturation)
  }
  return saturated
}

/** Adds saturated and clamped values to the two 32-bit numbers at `tally`. At most 262 143 values a call. */
export function correctU16ToU16(
  raw: usize, offset: usize, gain: usize, out: usize, count: i32, saturation: i32, pedestal: f32, tally: usize
): void {
  const add = f32x4.splat(pedestal)
  let top = i16x8.splat(0)
  let inside = i16x8.splat(0)
  let tail: i32 = 0
  let r = raw
  const whole = raw + (<usize>(count & ~15) << 1)
  const end = raw + (<usize>count << 1)
  for (; r < whole; r += 32, offset += 64, gain += 64, out += 32) {
    const p = v128.load(r)
    const q = v128.load(r, 16)
    const a = rounded(f32x4.add(correctFour(low(p), v128.load(offset), v128.load(gain)), add))
    const b = rounded(f32x4.add(correctFour(high(p), v128.load(offset, 16), v128.load(gain, 16)), add))
    const c = rounded(f32x4.add(correctFour(low(q), v128.load(offset, 32), v128.load(gain, 32)), add))
    const d = rounded(f32x4.add(correctFour(high(q), v128.load(offset, 48), v128.load(gain, 48)), add))
    inside = i16x8.sub(i16x8.sub(inside, fits(a, b)), fits(c, d))
    v128.store(out, i16x8.narrow_i32x4_u(a, b))
    v128.store(out, i16x8.narrow_i32x4_u(c, d), 16)
    top = i16x8.max_u(top, i16x8.max_u(p, q))
  }
  let clamped = (count & ~15) - sum16(inside)
  for (; r < end; r += 2, offset += 4, gain += 4, out += 2) {
    const v = nearest<f32>(correctOne(<f32>load<u16>(r), offset, gain) + pedestal)
    store<u16>(out, clamp(v))
    clamped += i32(!(v >= 0 && v <= 65535))
    tail = max<i32>(tail, load<u16>(r))
  }
  tallySaturated(raw, count, saturation, top, tail, tally)
  store<i32>(tally, load<i32>(tally, 4) + clamped, 4)
}

/**
 * Rounded half to even: below 2^22 the low bits of the sum with 1.5 * 2^23. What is higher stays above 65535, what is lower than -65536, or
 * NaN, is -65536.
 */
// @ts-expect-error a decorator of AssemblyScript
@inline
function rounded(v: v128): v128 {
  const round = f32x4.splat(12582912)
  return i32x4.sub(f32x4.add(f32x4.pmax(f32x4.splat(-65536), v), round), round)
}
/** -1 where an integer lies within 0..65535. */
// @ts-expect-error a decorator of AssemblyScript
@inline
function fits(low: v128, high: v128): v128 {
  return i16x8.eq(i16x8.narrow_i32x4_s(i32x4.shr_s(low, 16), i32x4.shr_s(high, 16)), i16x8.splat(0))
}
// @ts-expect-error a decorator of AssemblyScript
@inline
function clamp(v: f32): u16 {
  return v > 0 ? (v < 65535 ? <u16>v : 65535) : 0
}

/** Returns the clamped values; at most 262 143 a call. */
export function quantiseF32ToU16(values: usize, out: usize, count: i32, pedestal: f32): i32 {
  const add = f32x4.splat(pedestal)
  let inside = i16x8.splat(0)
  const whole: usize = count & ~7
  let i: usize = 0
  for (; i < whole; i += 8) {
    const p = i << 2
    const a = rounded(f32x4.add(v128.load(values + p), add))
    const b = rounded(f32x4.add(v128.load(values + p, 16), add))
    inside = i16x8.sub(inside, fits(a, b))
    v128.store(out + (i << 1), i16x8.narrow_i32x4_u(a, b))
  }
  let clamped = (count & ~7) - sum16(inside)
  for (; i < <usize>count; i++) {
    const v = nearest<f32>(load<f32>(values + (i << 2)) + pedestal)
    store<u16>(out + (i << 1), clamp(v))
    clamped += i32(!(v >= 0 && v <= 65535))
  }
  return clamped
}

/** The low and the high four pixels: half a product has 14 binary places, an offset 4. */
// @ts-expect-error a decorator of AssemblyScript
@inline
function compactLow(r: v128, g: v128, o: v128, base: v128): v128 {
  return i32x4.shr_s(i32x4.sub(i32x4.shr_u(i32x4.extmul_low_i16x8_u(r, g), 1), i32x4.add(i32x4.shl(i32x4.extend_low_i16x8_u(o), 10), base)), 14)
}
// @ts-expect-error a decorator of AssemblyScript
@inline
function compactHigh(r: v128, g: v128, o: v128, base: v128): v128 {
  return i32x4.shr_s(i32x4.sub(i32x4.shr_u(i32x4.extmul_high_i16x8_u(r, g), 1), i32x4.add(i32x4.shl(i32x4.extend_high_i16x8_u(o), 10), base)), 14)
}

/**
 * Adds the saturated values of a strip to `tally`. Where the output has 16 bits the loops are bound by their instructions, and counting
 * would cost a tenth of their time: they keep the largest raw value, and most strips have nothing to count.
 */
function tallySaturated(raw: usize, count: i32, saturation: i32, top: v128, tail: i32, tally: usize): void {
  const limit = i16x8.splat(<i16>(saturation - 1))
  if (saturation >= 1 && tail < saturation && !v128.any_true(i16x8.sub_sat_u(top, limit))) return
  let lower = i16x8.splat(0)
  const whole: usize = <usize>(count & ~7) << 1
  const end: usize = <usize>count << 1
  let i: usize = 0
  for (; i < whole; i += 16) lower = i16x8.sub(lower, below(v128.load(raw + i), limit))
  let saturated = (count & ~7) - sum16(lower)
  for (; i < end; i += 2) saturated += i32(<i32>load<u16>(raw + i) >= saturation)
  store<i32>(tally, load<i32>(tally) + (saturation < 1 ? count : saturated))
}

/**
 * Compact maps, integers only: half of raw * gain, less offset * 2^10 + base, over 2^14, rounded down. Adds to `tally` as
 * `correctU16ToU16`.
 */
export function correctCompact(
  raw: usize, offset: usize, gain: usize, out: usize, count: i32, base: i32, saturation: i32, tally: usize
): void {
  const from = i32x4.splat(base)
  let inside = i16x8.splat(0)
  let top = i16x8.splat(0)
  let tail: i32 = 0
  const whole: usize = <usize>(count & ~15) << 1
  const end: usize = <usize>count << 1
  let i: usize = 0
  for (; i < whole; i += 32) {
    const r = v128.load(raw + i)
    const g = v128.load(gain + i)
    const o = v128.load(offset + i)
    const r1 = v128.load(raw + i, 16)
    const g1 = v128.load(gain + i, 16)
    const o1 = v128.load(offset + i, 16)
    const v0 = compactLow(r, g, o, from)
    const v1 = compactHigh(r, g, o, from)
    const v2 = compactLow(r1, g1, o1, from)
    const v3 = compactHigh(r1, g1, o1, from)
    v128.store(out + i, i16x8.narrow_i32x4_u(v0, v1))
    v128.store(out + i, i16x8.narrow_i32x4_u(v2, v3), 16)
    inside = i16x8.sub(i16x8.sub(inside, fits(v0, v1)), fits(v2, v3))
    top = i16x8.max_u(top, i16x8.max_u(r, r1))
  }
  let clamped = (count & ~15) - sum16(inside)
  for (; i < end; i += 2) {
    const product = <i32>((<u32>load<u16>(raw + i) * <u32>load<u16>(gain + i)) >> 1)
    const v = (product - ((<i32>load<u16>(offset + i) << 10) + base)) >> 14
    store<u16>(out + i, <u16>min(65535, max(0, v)))
    clamped += i32(v >>> 16 != 0)
    tail = max<i32>(tail, load<u16>(raw + i))
  }
  tallySaturated(raw, count, saturation, top, tail, tally)
  store<i32>(tally, load<i32>(tally, 4) + clamped, 4)
}

/** Targets `from` to before `to` whose raw value is saturated. */
export function countSaturatedU16(raw: usize, targets: usize, from: i32, to: i32, saturation: i32): i32 {
  let count = 0
  for (let k: usize = from; k < <usize>to; k++) {
    count += i32(<i32>load<u16>(raw + (<usize>load<u32>(targets + (k << 2)) << 1)) >= saturation)
  }
  return count
}

/**
 * Replace the targets of the groups from byte `group` to before `end`, as lib/correction/engines/group-repairs.ts packs them, from the corrected
 * values of their sources in the same frame: two side by side, each with its float64 sum in the order of the sources. Loops that turn
 * equally often are predicted, and what stands once for a group stays in the nearest cache.
 */
export function repairF32(frame: usize, group: usize, end: usize): void {
  while (group < end) {
    const taps = group + GROUP_HEAD_BYTES
    const targets = taps + load<u32>(group)
    const total = v128.load_splat<f64>(group, 8)
    group = targets + load<u32>(group, 4)
    for (let t = targets; t < group; t += 2 * GROUP_TARGET_BYTES) {
      const p = frame + (<usize>load<u32>(t) << 2)
      const q = frame + (<usize>load<u32>(t, 4) << 2)
      let sum = f64x2.splat(0)
      for (let j = taps; j < targets; j += GROUP_SOURCE_BYTES) {
        const step = <usize>load<u32>(j, 8) << 2
        sum = f64x2.add(sum, f64x2.mul(v128.load_splat<f64>(j), f64x2.promote_low_f32x4(pairOf(p + step, q + step))))
      }
      const mean = f32x4.demote_f64x2_zero(f64x2.div(sum, total))
      v128.store_lane<f32>(p, mean, 0)
      v128.store_lane<f32>(q, mean, 1)
    }
  }
}
/** Two float32 values. */
// @ts-expect-error a decorator of AssemblyScript
@inline
function pairOf(p: usize, q: usize): v128 {
  return v128.load_lane<f32>(q, v128.load_zero<f32>(p), 1)
}

/**
 * As `repairF32`, from the raw values of the sources: needs no other corrected pixel, so strips may come in any order. To float32, or where
 * `isInteger` is not 0 rounded and clamped to uint16; returns the clamped targets.
 */
export function repairFromU16(
  raw: usize, offset: usize, gain: usize, out: usize, group: usize, end: usize, isInteger: i32, pedestal: f32
): i32 {
  let clamped = 0
  while (group < end) {
    const taps = group + GROUP_HEAD_BYTES
    const targets = taps + load<u32>(group)
    const total = v128.load_splat<f64>(group, 8)
    group = targets + load<u32>(group, 4)
    for (let t = targets; t < group; t += 2 * GROUP_TARGET_BYTES) {
      const p: usize = load<u32>(t)
      const q: usize = load<u32>(t, 4)
      let sum = f64x2.splat(0)
      for (let j = taps; j < targets; j += GROUP_SOURCE_BYTES) {
        const step: usize = load<u32>(j, 8)
        const a = p + step
        const b = q + step
        const words = v128.load_lane<u16>(raw + (b << 1), v128.load_lane<u16>(raw + (a << 1), i32x4.splat(0), 0), 2)
        const offsets = pairOf(offset + (a << 2), offset + (b << 2))
        const value = correctFour(f32x4.convert_i32x4_s(words), offsets, pairOf(gain + (a << 2), gain + (b << 2)))
        sum = f64x2.add(sum, f64x2.mul(v128.load_splat<f64>(j), f64x2.promote_low_f32x4(value)))
      }
      const mean = f32x4.demote_f64x2_zero(f64x2.div(sum, total))
      if (isInteger) {
        const value = rounded(f32x4.add(mean, f32x4.splat(pedestal)))
        const words = i16x8.narrow_i32x4_u(value, value)
        v128.store_lane<u16>(out + (p << 1), words, 0)
        v128.store_lane<u16>(out + (q << 1), words, 1)
        clamped += i32(i32x4.extract_lane(value, 0) >>> 16 != 0) + i32(p != q && i32x4.extract_lane(value, 1) >>> 16 != 0)
      } else {
        v128.store_lane<f32>(out + (p << 2), mean, 0)
        v128.store_lane<f32>(out + (q << 2), mean, 1)
      }
    }
  }
  return clamped
}

/** As `countSaturatedU16`. */
export function countSaturatedF32(raw: usize, targets: usize, from: i32, to: i32, saturation: f32): i32 {
  let count = 0
  for (let k: usize = from; k < <usize>to; k++) {
    count += i32(load<f32>(raw + (<usize>load<u32>(targets + (k << 2)) << 2)) >= saturation)
  }
  return count
}
