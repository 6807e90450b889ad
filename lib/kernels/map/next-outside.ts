/** First place, from `from` on, of a value that is not from `low` to `high` (NaN is not); the number of values for none. */
export function nextOutside(values: Float32Array, low: number, high: number, from: number): number {
  const { length } = values
  let i = from
  for (const whole = length - 4; i <= whole; i += 4) {
    const a = values[i]
    const b = values[i + 1]
    const c = values[i + 2]
    const d = values[i + 3]
    if (!(a >= low && a <= high && b >= low && b <= high && c >= low && c <= high && d >= low && d <= high)) break
  }
  while (i < length && values[i] >= low && values[i] <= high) i++
  return i
}
