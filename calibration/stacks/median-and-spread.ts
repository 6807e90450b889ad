/** Makes a median absolute deviation the sd of normal values: 1 / z(3/4). */
const CONSISTENCY = 1.4826022185056018

/**
 * Median and 1.4826 * MAD of the finite values; NaN and 0 when there are none.
 * @param values any order, not changed
 */
export function medianAndSpread(values: ArrayLike<number>): { median: number; spread: number } {
  const sorted = Float64Array.from(values).filter((value) => value - value === 0)
  if (sorted.length === 0) return { median: NaN, spread: 0 }
  const median = medianOfSorted(sorted.sort())
  const apart = sorted.map((value) => Math.abs(value - median))
  return { median, spread: CONSISTENCY * medianOfSorted(apart.sort()) }
}

function medianOfSorted(sorted: Float64Array): number {
  const { length } = sorted
  return (sorted[(length - 1) >> 1] + sorted[length >> 1]) / 2
}
