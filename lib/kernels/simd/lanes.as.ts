// AssemblyScript. Lanes that several kernels for stacks convert alike.

// @ts-expect-error a decorator of AssemblyScript
@inline
export function toF32(v: v128): v128 {
  return f32x4.convert_i32x4_s(v)
}
// @ts-expect-error a decorator of AssemblyScript
@inline
export function swap(v: v128): v128 {
  return v128.shuffle<u64>(v, v, 1, 0)
}
// @ts-expect-error a decorator of AssemblyScript
@inline
export function upper(v: v128): v128 {
  return f64x2.promote_low_f32x4(swap(v))
}
export function lanes16(v: v128): i32 {
  const s = i32x4.extadd_pairwise_i16x8_u(v)
  return i32x4.extract_lane(s, 0) + i32x4.extract_lane(s, 1) + i32x4.extract_lane(s, 2) + i32x4.extract_lane(s, 3)
}
// @ts-expect-error a decorator of AssemblyScript
@inline
export function store2(to: usize, v: v128): void {
  v128.store64_lane(to, f32x4.demote_f64x2_zero(v), 0)
}
// @ts-expect-error a decorator of AssemblyScript
@inline
export function load2(from: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(from))
}
