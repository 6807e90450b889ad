/**
 * out = fround(values + pedestal), rounded half to even, clamped to 0..65535, for pixels `start` to before `end`; returns
 * the number of clamped ones. NaN gives 0 and counts as clamped. Both arrays have at least `end` values; `pedestal` is a
 * float32 value.
 */
export function quantiseF32ToU16(values: Float32Array, out: Uint16Array, start: number, end: number, pedestal: number): number {
  const fround = Math.fround
  // Adding and subtracting 1.5 * 2^52 rounds half to even.
  const round = 6755399441055744
  let clamped = 0
  for (let i = start; i < end; i++) {
    const value = fround(values[i] + pedestal) + round - round
    if (value >= 0 && value <= 65535) out[i] = value
    else {
      out[i] = value > 0 ? 65535 : 0
      clamped++
    }
  }
  return clamped
}
