/**
 * out = fround(fround(raw - offset) * gain) for pixels `start` to before `end`; returns the number of raw values at or
 * above `saturation` (Infinity: never). A NaN or an infinity in `raw` gives a value that is not finite and goes no
 * further. Every array has at least `end` values.
 */
export function correctF32ToF32(
  raw: Float32Array,
  offset: Float32Array,
  gain: Float32Array,
  out: Float32Array,
  start: number,
  end: number,
  saturation: number
): number {
  const fround = Math.fround
  const whole = end - ((end - start) & 3)
  let saturated = 0
  let i = start
  for (; i < whole; i += 4) {
    const r0 = raw[i]
    const r1 = raw[i + 1]
    const r2 = raw[i + 2]
    const r3 = raw[i + 3]
    const o0 = offset[i]
    const o1 = offset[i + 1]
    const o2 = offset[i + 2]
    const o3 = offset[i + 3]
    const g0 = gain[i]
    const g1 = gain[i + 1]
    const g2 = gain[i + 2]
    const g3 = gain[i + 3]
    out[i] = fround(fround(r0 - o0) * g0)
    out[i + 1] = fround(fround(r1 - o1) * g1)
    out[i + 2] = fround(fround(r2 - o2) * g2)
    out[i + 3] = fround(fround(r3 - o3) * g3)
    if (r0 >= saturation) saturated++
    if (r1 >= saturation) saturated++
    if (r2 >= saturation) saturated++
    if (r3 >= saturation) saturated++
  }
  for (; i < end; i++) {
    out[i] = fround(fround(raw[i] - offset[i]) * gain[i])
    if (raw[i] >= saturation) saturated++
  }
  return saturated
}
