/**
 * Correct and quantise with compact maps, in integers, for pixels `start` to before `end`: half of raw * gain (rounded down), less
 * offset * 2^10 + base, over 2^14, rounded down, clamped to 0..65535. The gain has 15 binary places, the offset 4. Adds to `tally` as
 * `correctU16ToU16`. Every array has at least `end` values; `base` is such that every difference stays within 32 bits.
 */
export function correctCompact(
  raw: Uint16Array,
  offset: Uint16Array,
  gain: Uint16Array,
  out: Uint16Array,
  start: number,
  end: number,
  base: number,
  saturation: number,
  tally: Float64Array
): void {
  const below = (saturation - 1) | 0
  let saturated = 0
  let clamped = 0
  for (let i = start; i < end; i++) {
    const r = raw[i]
    // the product needs 32 bits without a sign: imul gives them, >>> takes the half
    const value = ((Math.imul(r, gain[i]) >>> 1) - ((offset[i] << 10) + base)) >> 14
    saturated += (below - r) >>> 31
    if (value >= 0 && value <= 65535) out[i] = value
    else {
      out[i] = value > 0 ? 65535 : 0
      clamped++
    }
  }
  tally[0] += saturated
  tally[1] += clamped
}
