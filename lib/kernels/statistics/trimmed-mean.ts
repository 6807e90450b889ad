/** Part of the values that is left out on either side. */
const TRIM = 1 / 8
/** From this count on the engine's sort is faster than insertion. */
const MANY = 64

/** Mean of values[0 .. count) without the lowest and the highest eighth (rounded down); reorders them; NaN for none. */
export function trimmedMean(values: Float64Array, count: number): number {
  if (count < MANY) insertionSort(values, count)
  else values.subarray(0, count).sort()
  const off = Math.floor(TRIM * count)
  let sum = 0
  for (let k = off; k < count - off; k++) sum += values[k]
  return sum / (count - 2 * off)
}

function insertionSort(values: Float64Array, count: number): void {
  for (let k = 1; k < count; k++) {
    const value = values[k]
    let j = k - 1
    for (; j >= 0 && values[j] > value; j--) values[j + 1] = values[j]
    values[j + 1] = value
  }
}
