// AssemblyScript. Correction and repair, eight pixels a turn; each function has the bits of the TypeScript kernel of its name.
// All arguments are byte offsets into the memory, of the first value that is worked on; counts are in values. No alignment is needed.

// @ts-expect-error a decorator of AssemblyScript
@inline
function low(v: v128): v128 {
  return f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(v))
}
// @ts-expect-error a decorator of AssemblyScript
@inline
function high(v: v128): v128 {
  return f32x4.convert_i32x4_u(i32x4.extend_high_i16x8_u(v))
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

/** At most 262 143 values a call: the counters have 16 bits. `saturation` from 0 to 65536. Returns the saturated values. */
export function correctU16ToF32(raw: usize, offset: usize, gain: usize, out: usize, count: i32, saturation: i32): i32 {
  const top = i16x8.splat(<i16>(saturation - 1))
  let above = i16x8.splat(0)
  const whole: usize = count & ~7
  let i: usize = 0
  for (; i < whole; i += 8) {
    const r = v128.load(raw + (i << 1))
    const p = i << 2
    v128.store(out + p, f32x4.mul(f32x4.sub(low(r), v128.load(offset + p)), v128.load(gain + p)))
    v128.store(out + p, f32x4.mul(f32x4.sub(high(r), v128.load(offset + p, 16)), v128.load(gain + p, 16)), 16)
    above = i16x8.sub(above, i16x8.gt_u(r, top))
  }
  let saturated = sum16(above)
  for (; i < <usize>count; i++) {
    store<f32>(out + (i << 2), valueAt(raw, offset, gain, i))
    saturated += i32(<i32>load<u16>(raw + (i << 1)) >= saturation)
  }
  return saturation < 1 ? count : saturated
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

/**
 * Rounds half to even by adding 2^23 to the clamped value: the low 16 bits of the sum are the integer. Adds saturated and clamped
 * values to the two 32-bit numbers at `tally`. At most 262 143 values a call.
 */
export function correctU16ToU16(
  raw: usize, offset: usize, gain: usize, out: usize, count: i32, saturation: i32, pedestal: f32, tally: usize
): void {
  const top = i16x8.splat(<i16>(saturation - 1))
  const add = f32x4.splat(pedestal)
  let above = i16x8.splat(0)
  let within = i32x4.splat(0)
  const whole: usize = count & ~7
  let i: usize = 0
  for (; i < whole; i += 8) {
    const r = v128.load(raw + (i << 1))
    const p = i << 2
    const a = f32x4.add(f32x4.mul(f32x4.sub(low(r), v128.load(offset + p)), v128.load(gain + p)), add)
    const b = f32x4.add(f32x4.mul(f32x4.sub(high(r), v128.load(offset + p, 16)), v128.load(gain + p, 16)), add)
    within = i32x4.add(within, i32x4.add(isWithin(a), isWithin(b)))
    v128.store(out + (i << 1), v128.shuffle<u16>(toInteger(a), toInteger(b), 0, 2, 4, 6, 8, 10, 12, 14))
    above = i16x8.sub(above, i16x8.gt_u(r, top))
  }
  let saturated = sum16(above)
  let clamped = <i32>whole + sum32(within)
  for (; i < <usize>count; i++) {
    const v = nearest<f32>(valueAt(raw, offset, gain, i) + pedestal)
    store<u16>(out + (i << 1), clamp(v))
    clamped += i32(!(v >= 0 && v <= 65535))
    saturated += i32(<i32>load<u16>(raw + (i << 1)) >= saturation)
  }
  store<i32>(tally, load<i32>(tally) + (saturation < 1 ? count : saturated))
  store<i32>(tally, load<i32>(tally, 4) + clamped, 4)
}

/** -1 where the value rounds into 0..65535: 65535.5 is a tie and goes up to the even number. */
// @ts-expect-error a decorator of AssemblyScript
@inline
function isWithin(v: v128): v128 {
  return v128.and(f32x4.ge(v, f32x4.splat(-0.5)), f32x4.lt(v, f32x4.splat(65535.5)))
}
/** NaN becomes 0. */
// @ts-expect-error a decorator of AssemblyScript
@inline
function toInteger(v: v128): v128 {
  return f32x4.add(f32x4.pmin(f32x4.splat(65535), f32x4.pmax(f32x4.splat(0), v)), f32x4.splat(8388608))
}
// @ts-expect-error a decorator of AssemblyScript
@inline
function clamp(v: f32): u16 {
  return v > 0 ? (v < 65535 ? <u16>v : 65535) : 0
}

/** Returns the clamped values. */
export function quantiseF32ToU16(values: usize, out: usize, count: i32, pedestal: f32): i32 {
  const add = f32x4.splat(pedestal)
  let within = i32x4.splat(0)
  const whole: usize = count & ~7
  let i: usize = 0
  for (; i < whole; i += 8) {
    const p = i << 2
    const a = f32x4.add(v128.load(values + p), add)
    const b = f32x4.add(v128.load(values + p, 16), add)
    within = i32x4.add(within, i32x4.add(isWithin(a), isWithin(b)))
    v128.store(out + (i << 1), v128.shuffle<u16>(toInteger(a), toInteger(b), 0, 2, 4, 6, 8, 10, 12, 14))
  }
  let clamped = <i32>whole + sum32(within)
  for (; i < <usize>count; i++) {
    const v = nearest<f32>(load<f32>(values + (i << 2)) + pedestal)
    store<u16>(out + (i << 1), clamp(v))
    clamped += i32(!(v >= 0 && v <= 65535))
  }
  return clamped
}

/**
 * Compact maps, integers only: fixed-point t = raw * gain + round, less (offset + base) << lift, then >> shift. Adds to `tally` as
 * `correctU16ToU16`. t stays below 2^32: the caller has seen to that.
 */
export function correctCompact(
  raw: usize, offset: usize, gain: usize, out: usize, count: i32, base: i32, lift: i32, round: i32, shift: i32, saturation: i32, tally: usize
): void {
  const top = i16x8.splat(<i16>(saturation - 1))
  const from = i32x4.splat(base)
  const half = i32x4.splat(round)
  let above = i16x8.splat(0)
  let clampedLanes = i32x4.splat(0)
  const most = i32x4.splat(65535)
  const whole: usize = count & ~7
  let i: usize = 0
  for (; i < whole; i += 8) {
    const p = i << 1
    const r = v128.load(raw + p)
    const g = v128.load(gain + p)
    const o = v128.load(offset + p)
    const t0 = i32x4.add(i32x4.extmul_low_i16x8_u(r, g), half)
    const t1 = i32x4.add(i32x4.extmul_high_i16x8_u(r, g), half)
    const o0 = i32x4.shl(i32x4.add(i32x4.extend_low_i16x8_u(o), from), lift)
    const o1 = i32x4.shl(i32x4.add(i32x4.extend_high_i16x8_u(o), from), lift)
    const m0 = i32x4.max_u(t0, o0)
    const m1 = i32x4.max_u(t1, o1)
    const v0 = i32x4.shr_u(i32x4.sub(m0, o0), shift)
    const v1 = i32x4.shr_u(i32x4.sub(m1, o1), shift)
    v128.store(out + p, i16x8.narrow_i32x4_u(v0, v1))
    const kept = i32x4.add(
      v128.andnot(i32x4.eq(m0, t0), i32x4.gt_s(v0, most)),
      v128.andnot(i32x4.eq(m1, t1), i32x4.gt_s(v1, most))
    )
    clampedLanes = i32x4.add(clampedLanes, kept)
    above = i16x8.sub(above, i16x8.gt_u(r, top))
  }
  let saturated = sum16(above)
  let clamped = <i32>whole + sum32(clampedLanes)
  for (; i < <usize>count; i++) {
    const p = i << 1
    const t = <u32>load<u16>(raw + p) * <u32>load<u16>(gain + p) + <u32>round
    const o = (<u32>load<u16>(offset + p) + <u32>base) << lift
    const v = t < o ? 0 : (t - o) >> shift
    store<u16>(out + p, <u16>min<u32>(v, 65535))
    clamped += i32(t < o || v > 65535)
    saturated += i32(<i32>load<u16>(raw + p) >= saturation)
  }
  store<i32>(tally, load<i32>(tally) + (saturation < 1 ? count : saturated))
  store<i32>(tally, load<i32>(tally, 4) + clamped, 4)
}

/** 1 when a value is NaN or infinite. */
export function hasNonFinite(values: usize, count: i32): i32 {
  const whole: usize = count & ~3
  let apart = f32x4.splat(0)
  let i: usize = 0
  for (; i < whole; i += 4) {
    const v = v128.load(values + (i << 2))
    apart = f32x4.add(apart, f32x4.sub(v, v))
  }
  let rest: f32 = 0
  for (; i < <usize>count; i++) {
    const v = load<f32>(values + (i << 2))
    rest += v - v
  }
  return i32(v128.any_true(f32x4.ne(apart, apart)) || rest != rest)
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
