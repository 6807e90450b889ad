/** First place, from `from` on, of a value above factor * limit there; the number of values for none. */
export function nextAbove(values: Float32Array, limits: Float32Array, factor: number, from: number): number {
  const { length } = values
  let i = from
  for (const whole = length - 4; i <= whole; i += 4) {
    if (values[i] > factor * limits[i] || values[i + 1] > factor * limits[i + 1]) break
    if (values[i + 2] > factor * limits[i + 2] || values[i + 3] > factor * limits[i + 3]) break
  }
  while (i < length && !(values[i] > factor * limits[i])) i++
  return i
}
