/**
 * Correct and quantise with compact maps, in integers, for pixels `start` to before `end`: t = raw * gain + round,
 * less (offset + base) * 2^lift, clamped at 0, over 2^shift, rounded down, clamped at 65535. Adds to `tally` as
 * `correctU16ToU16`. Every array has at least `end` values; t and what is taken off stay below 2^32.
 */
export function correctCompact(
  raw: Uint16Array,
  offset: Uint16Array,
  gain: Uint16Array,
  out: Uint16Array,
  start: number,
  end: number,
  base: number,
  lift: number,
  round: number,
  shift: number,
  saturation: number,
  tally: Float64Array
): void {
  const below = (saturation - 1) | 0
  const step = 2 ** lift
  const unit = 2 ** -shift
  let saturated = 0
  let clamped = 0
  for (let i = start; i < end; i++) {
    const r = raw[i]
    const value = r * gain[i] + round - (offset[i] + base) * step
    saturated += (below - r) >>> 31
    // A power of two divides exactly; the store of an integer array rounds down what is not negative.
    const scaled = value * unit
    if (scaled >= 0 && scaled < 65536) out[i] = scaled
    else {
      out[i] = scaled > 0 ? 65535 : 0
      clamped++
    }
  }
  tally[0] += saturated
  tally[1] += clamped
}
