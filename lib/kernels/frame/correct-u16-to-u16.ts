/**
 * Correct and quantise in one pass, for pixels `start` to before `end`: v = fround(fround(raw - offset) * gain), then
 * fround(v + pedestal), rounded half to even, clamped to 0..65535. Adds to `tally[0]` the number of raw values at or above
 * `saturation` (an integer, 65536: never) and to `tally[1]` the number of clamped ones. Every array has at least `end`
 * values; `pedestal` is a float32 value. The maps are finite, so no NaN comes in.
 */
export function correctU16ToU16(
  raw: Uint16Array,
  offset: Float32Array,
  gain: Float32Array,
  out: Uint16Array,
  start: number,
  end: number,
  saturation: number,
  pedestal: number,
  tally: Float64Array
): void {
  const fround = Math.fround
  // Adding and subtracting 1.5 * 2^52 rounds half to even.
  const round = 6755399441055744
  const below = (saturation - 1) | 0
  const whole = end - ((end - start) & 3)
  let saturated = 0
  let clamped = 0
  let i = start
  for (; i < whole; i += 4) {
    const r0 = raw[i]
    const r1 = raw[i + 1]
    const r2 = raw[i + 2]
    const r3 = raw[i + 3]
    const v0 = fround(fround(fround(r0 - offset[i]) * gain[i]) + pedestal) + round - round
    const v1 = fround(fround(fround(r1 - offset[i + 1]) * gain[i + 1]) + pedestal) + round - round
    const v2 = fround(fround(fround(r2 - offset[i + 2]) * gain[i + 2]) + pedestal) + round - round
    const v3 = fround(fround(fround(r3 - offset[i + 3]) * gain[i + 3]) + pedestal) + round - round
    saturated += ((below - r0) >>> 31) + ((below - r1) >>> 31) + ((below - r2) >>> 31) + ((below - r3) >>> 31)
    if (v0 >= 0 && v0 <= 65535) out[i] = v0
    else {
      out[i] = v0 > 0 ? 65535 : 0
      clamped++
    }
    if (v1 >= 0 && v1 <= 65535) out[i + 1] = v1
    else {
      out[i + 1] = v1 > 0 ? 65535 : 0
      clamped++
    }
    if (v2 >= 0 && v2 <= 65535) out[i + 2] = v2
    else {
      out[i + 2] = v2 > 0 ? 65535 : 0
      clamped++
    }
    if (v3 >= 0 && v3 <= 65535) out[i + 3] = v3
    else {
      out[i + 3] = v3 > 0 ? 65535 : 0
      clamped++
    }
  }
  for (; i < end; i++) {
    const r0 = raw[i]
    const v0 = fround(fround(fround(r0 - offset[i]) * gain[i]) + pedestal) + round - round
    saturated += (below - r0) >>> 31
    if (v0 >= 0 && v0 <= 65535) out[i] = v0
    else {
      out[i] = v0 > 0 ? 65535 : 0
      clamped++
    }
  }
  tally[0] += saturated
  tally[1] += clamped
}
