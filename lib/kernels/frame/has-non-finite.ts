/**
 * True when a value from `start` to before `end` is NaN or infinite. Such a value times 0 is NaN, and NaN stays in a sum:
 * one multiplication per four values, no branch.
 */
export function hasNonFinite(values: Float32Array, start: number, end: number): boolean {
  const whole = end - ((end - start) & 3)
  let poison = 0
  let i = start
  for (; i < whole; i += 4) poison += (values[i] + values[i + 1] + values[i + 2] + values[i + 3]) * 0
  for (; i < end; i++) poison += values[i] * 0
  return poison !== 0
}
