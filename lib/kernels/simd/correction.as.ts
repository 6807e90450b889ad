// AssemblyScript. Correction and repair, eight pixels a turn; each function has the bits of the TypeScript kernel of its name.
// All arguments are byte offsets into the memory, of the first value that is worked on; counts are in values. No alignment is needed.

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
/** Value of one pixel. */
// @ts-expect-error a decorator of AssemblyScript
@inline
function valueAt(raw: usize, offset: usize, gain: usize, i: usize): f32 {
  return (<f32>load<u16>(raw + (i << 1)) - load<f32>(offset + (i << 2))) * load<f32>(gain + (i << 2))
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
    v128.store(out, f32x4.mul(f32x4.sub(low(a), v128.load(offset)), v128.load(gain)))
    v128.store(out, f32x4.mul(f32x4.sub(high(a), v128.load(offset, 16)), v128.load(gain, 16)), 16)
    v128.store(out, f32x4.mul(f32x4.sub(low(b), v128.load(offset, 32)), v128.load(gain, 32)), 32)
    v128.store(out, f32x4.mul(f32x4.sub(high(b), v128.load(offset, 48)), v128.load(gain, 48)), 48)
    lower = i16x8.sub(i16x8.sub(lower, below(a, top)), below(b, top))
  }
  for (; r < end; r += 2, offset += 4, gain += 4, out += 4) {
    store<f32>(out, valueAt(r, offset, gain, 0))
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
    v128.store(out + p, f32x4.mul(f32x4.sub(r, v128.load(offset + p)), v128.load(gain + p)))
    above = i32x4.sub(above, f32x4.ge(r, limit))
  }
  let saturated = sum32(above)
  for (; i < <usize>count; i++) {
    const p = i << 2
    const r = load<f32>(raw + p)
    store<f32>(out + p, (r - load<f32>(offset + p)) * load<f32>(gain + p))
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
  let beyond = i16x8.splat(0)
  let tail: i32 = 0
  let r = raw
  const whole = raw + (<usize>(count & ~15) << 1)
  const end = raw + (<usize>count << 1)
  for (; r < whole; r += 32, offset += 64, gain += 64, out += 32) {
    const p = v128.load(r)
    const q = v128.load(r, 16)
    const a = f32x4.add(f32x4.mul(f32x4.sub(low(p), v128.load(offset)), v128.load(gain)), add)
    const b = f32x4.add(f32x4.mul(f32x4.sub(high(p), v128.load(offset, 16)), v128.load(gain, 16)), add)
    const c = f32x4.add(f32x4.mul(f32x4.sub(low(q), v128.load(offset, 32)), v128.load(gain, 32)), add)
    const d = f32x4.add(f32x4.mul(f32x4.sub(high(q), v128.load(offset, 48)), v128.load(gain, 48)), add)
    const a1 = within(a)
    const b1 = within(b)
    const c1 = within(c)
    const d1 = within(d)
    beyond = i16x8.sub(i16x8.sub(beyond, differ(a, b, a1, b1)), differ(c, d, c1, d1))
    v128.store(out, toIntegers(a1, b1))
    v128.store(out, toIntegers(c1, d1), 16)
    top = i16x8.max_u(top, i16x8.max_u(p, q))
  }
  let clamped = sum16(beyond)
  for (; r < end; r += 2, offset += 4, gain += 4, out += 2) {
    const v = nearest<f32>(valueAt(r, offset, gain, 0) + pedestal)
    store<u16>(out, clamp(v))
    clamped += i32(!(v >= 0 && v <= 65535))
    tail = max<i32>(tail, load<u16>(r))
  }
  tallySaturated(raw, count, saturation, top, tail, tally)
  store<i32>(tally, load<i32>(tally, 4) + clamped, 4)
}

/**
 * Clamped to what rounds into 0..65535: -0.5 is a tie and goes up to 0, 65535.5 would go to 65536, so the number before it is the highest.
 * NaN becomes -0.5. A value is clamped where this is another.
 */
// @ts-expect-error a decorator of AssemblyScript
@inline
function within(v: v128): v128 {
  return f32x4.pmin(f32x4.splat(65535.496), f32x4.pmax(f32x4.splat(-0.5), v))
}
/** Rounds half to even: the low 16 bits of the sum with 1.5 * 2^23. */
// @ts-expect-error a decorator of AssemblyScript
@inline
function toIntegers(a: v128, b: v128): v128 {
  const round = f32x4.splat(12582912)
  return v128.shuffle<u16>(f32x4.add(a, round), f32x4.add(b, round), 0, 2, 4, 6, 8, 10, 12, 14)
}
/** -1 where a value of the first pair is another than that of the second. */
// @ts-expect-error a decorator of AssemblyScript
@inline
function differ(a: v128, b: v128, c: v128, d: v128): v128 {
  return i16x8.narrow_i32x4_s(f32x4.ne(a, c), f32x4.ne(b, d))
}
// @ts-expect-error a decorator of AssemblyScript
@inline
function clamp(v: f32): u16 {
  return v > 0 ? (v < 65535 ? <u16>v : 65535) : 0
}

/** Returns the clamped values; at most 262 143 a call. */
export function quantiseF32ToU16(values: usize, out: usize, count: i32, pedestal: f32): i32 {
  const add = f32x4.splat(pedestal)
  let beyond = i16x8.splat(0)
  const whole: usize = count & ~7
  let i: usize = 0
  for (; i < whole; i += 8) {
    const p = i << 2
    const a = f32x4.add(v128.load(values + p), add)
    const b = f32x4.add(v128.load(values + p, 16), add)
    const c = within(a)
    const d = within(b)
    beyond = i16x8.sub(beyond, differ(a, b, c, d))
    v128.store(out + (i << 1), toIntegers(c, d))
  }
  let clamped = sum16(beyond)
  for (; i < <usize>count; i++) {
    const v = nearest<f32>(load<f32>(values + (i << 2)) + pedestal)
    store<u16>(out + (i << 1), clamp(v))
    clamped += i32(!(v >= 0 && v <= 65535))
  }
  return clamped
}

/** Fixed point of the low and of the high four pixels: half a product has 14 binary places, an offset 4. */
// @ts-expect-error a decorator of AssemblyScript
@inline
function fixedLow(r: v128, g: v128, o: v128, base: v128): v128 {
  return i32x4.sub(i32x4.shr_u(i32x4.extmul_low_i16x8_u(r, g), 1), i32x4.add(i32x4.shl(i32x4.extend_low_i16x8_u(o), 10), base))
}
// @ts-expect-error a decorator of AssemblyScript
@inline
function fixedHigh(r: v128, g: v128, o: v128, base: v128): v128 {
  return i32x4.sub(i32x4.shr_u(i32x4.extmul_high_i16x8_u(r, g), 1), i32x4.add(i32x4.shl(i32x4.extend_high_i16x8_u(o), 10), base))
}
// @ts-expect-error a decorator of AssemblyScript
@inline
function toWords(low: v128, high: v128): v128 {
  return i16x8.narrow_i32x4_u(i32x4.shr_s(low, 14), i32x4.shr_s(high, 14))
}
/** -1 where a value lies within 0..65535: the two highest bits are 0. */
// @ts-expect-error a decorator of AssemblyScript
@inline
function fits(low: v128, high: v128): v128 {
  return i16x8.eq(i16x8.narrow_i32x4_s(i32x4.shr_s(low, 30), i32x4.shr_s(high, 30)), i16x8.splat(0))
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
    const v0 = fixedLow(r, g, o, from)
    const v1 = fixedHigh(r, g, o, from)
    const v2 = fixedLow(r1, g1, o1, from)
    const v3 = fixedHigh(r1, g1, o1, from)
    v128.store(out + i, toWords(v0, v1))
    v128.store(out + i, toWords(v2, v3), 16)
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
 * Targets `from` to before `to`, from the corrected values of their sources in the same frame. `totals` holds the sum of the weights of each
 * target as float64, added up in their order: the TypeScript kernel does that anew for every frame.
 */
export function repairF32(frame: usize, targets: usize, starts: usize, sources: usize, weights: usize, totals: usize, from: i32, to: i32): void {
  let j: usize = <usize>load<u32>(starts + (<usize>from << 2)) << 2
  for (let k: usize = from; k < <usize>to; k++) {
    const end = <usize>load<u32>(starts + (k << 2), 4) << 2
    let sum: f64 = 0
    for (; j < end; j += 4) sum += <f64>load<f32>(weights + j) * <f64>load<f32>(frame + (<usize>load<u32>(sources + j) << 2))
    store<f32>(frame + (<usize>load<u32>(targets + (k << 2)) << 2), <f32>(sum / load<f64>(totals + (k << 3))))
  }
}

/** As `repairF32`, from the raw values of the sources: needs no other corrected pixel, so strips may come in any order. */
export function repairF32FromU16(
  raw: usize, offset: usize, gain: usize, out: usize, targets: usize, starts: usize, sources: usize, weights: usize, totals: usize,
  from: i32, to: i32
): void {
  let j: usize = <usize>load<u32>(starts + (<usize>from << 2)) << 2
  for (let k: usize = from; k < <usize>to; k++) {
    const end = <usize>load<u32>(starts + (k << 2), 4) << 2
    let sum: f64 = 0
    for (; j < end; j += 4) sum += <f64>load<f32>(weights + j) * <f64>valueAt(raw, offset, gain, load<u32>(sources + j))
    store<f32>(out + (<usize>load<u32>(targets + (k << 2)) << 2), <f32>(sum / load<f64>(totals + (k << 3))))
  }
}

/** Returns the clamped targets. */
export function repairU16FromU16(
  raw: usize, offset: usize, gain: usize, out: usize, targets: usize, starts: usize, sources: usize, weights: usize, totals: usize,
  from: i32, to: i32, pedestal: f32
): i32 {
  let clamped = 0
  let j: usize = <usize>load<u32>(starts + (<usize>from << 2)) << 2
  for (let k: usize = from; k < <usize>to; k++) {
    const end = <usize>load<u32>(starts + (k << 2), 4) << 2
    let sum: f64 = 0
    for (; j < end; j += 4) sum += <f64>load<f32>(weights + j) * <f64>valueAt(raw, offset, gain, load<u32>(sources + j))
    const value = nearest<f32>(<f32>(sum / load<f64>(totals + (k << 3))) + pedestal)
    clamped += i32(!(value >= 0 && value <= 65535))
    store<u16>(out + (<usize>load<u32>(targets + (k << 2)) << 1), clamp(value))
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
