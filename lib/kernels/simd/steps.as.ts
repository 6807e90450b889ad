// AssemblyScript. Kernels of steps, four pixels a turn; each has the bits of the TypeScript kernel of its name. `values` is the byte offset of
// the first value, which is pixel `first` of the frame; `step` that of the fields of STEP_FIELDS.

import { STEP_COLS, STEP_MAP, STEP_ROWS, STEP_SCALAR } from './layouts.as'

export function subtractMap(values: usize, count: i32, first: i32, step: usize): void {
  const whole = values + (<usize>(count & ~3) << 2)
  const end = values + (<usize>count << 2)
  let map = <usize>load<u32>(step, STEP_MAP) + (<usize>first << 2)
  let p = values
  for (; p < whole; p += 16, map += 16) v128.store(p, f32x4.sub(v128.load(p), v128.load(map)))
  for (; p < end; p += 4, map += 4) store<f32>(p, load<f32>(p) - load<f32>(map))
}

export function multiplyMap(values: usize, count: i32, first: i32, step: usize): void {
  const whole = values + (<usize>(count & ~3) << 2)
  const end = values + (<usize>count << 2)
  let map = <usize>load<u32>(step, STEP_MAP) + (<usize>first << 2)
  let p = values
  for (; p < whole; p += 16, map += 16) v128.store(p, f32x4.mul(v128.load(p), v128.load(map)))
  for (; p < end; p += 4, map += 4) store<f32>(p, load<f32>(p) * load<f32>(map))
}

export function multiplyScalar(values: usize, count: i32, first: i32, step: usize): void {
  const scalar = load<f32>(step, STEP_SCALAR)
  const factor = f32x4.splat(scalar)
  const whole = values + (<usize>(count & ~3) << 2)
  const end = values + (<usize>count << 2)
  let p = values
  for (; p < whole; p += 16) v128.store(p, f32x4.mul(v128.load(p), factor))
  for (; p < end; p += 4) store<f32>(p, load<f32>(p) * scalar)
}

export function subtractRows(values: usize, count: i32, first: i32, step: usize): void {
  const cols = load<i32>(step, STEP_COLS)
  const rows: usize = load<u32>(step, STEP_ROWS)
  const end = values + (<usize>count << 2)
  let row = first / cols
  let left = (row + 1) * cols - first
  let p = values
  while (p < end) {
    const level = load<f32>(rows + (<usize>row << 2))
    const levels = f32x4.splat(level)
    const stop = min(end, p + (<usize>left << 2))
    const whole = p + ((stop - p) & ~15)
    for (; p < whole; p += 16) v128.store(p, f32x4.sub(v128.load(p), levels))
    for (; p < stop; p += 4) store<f32>(p, load<f32>(p) - level)
    row++
    left = cols
  }
}
