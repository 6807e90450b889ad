/** Part of the values that is left out on either side. */
const TRIM = 1 / 8

/** Mean of values[0 .. count) without the lowest and the highest eighth (rounded down); reorders them; NaN for none. */
export function trimmedMean(values: Float64Array, count: number): number {
  const sorted = values.subarray(0, count).sort()
  const off = Math.floor(TRIM * count)
  let sum = 0
  for (let k = off; k < count - off; k++) sum += sorted[k]
  return sum / (count - 2 * off)
}
