/** First place, from `from` on, of a value that is not from `low` to `high` (NaN is not); the number of values for none. */
export function nextOutside(values: Float32Array, low: number, high: number, from: number): number {
  const { length } = values
  let i = from
  for (const whole = length - 4; i <= whole; i += 4) {
    const [a, b, c, d] = [values[i], values[i + 1], values[i + 2], values[i + 3]]
    if (!(a >= low && a <= high && b >= low && b <= high && c >= low && c <= high && d >= low && d <= high)) break
  }
  while (i < length && values[i] >= low && values[i] <= high) i++
  return i
}
