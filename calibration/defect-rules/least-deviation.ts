/**
 * How far a value stands off every window that it belongs to: the smallest of its deviations from the local median at its
 * own place and at eight places `reach` away (as far as the map goes), 0 where they differ in sign.
 *
 * Beside a step the median of the window around a pixel may lie between the two sides; one of the windows on its own side
 * does not hold the step, and a good pixel deviates from that one by its own noise only. A real outlier stands off them all.
 * @param local medians of windows of radius `reach`; NaN: no good pixel there, not counted
 * @param relative deviation as value / median - 1, else the difference
 */
export function leastDeviation(
  values: Float32Array,
  local: Float32Array,
  i: number,
  rows: number,
  cols: number,
  reach: number,
  relative: boolean
): number {
  const row = Math.floor(i / cols)
  const col = i - row * cols
  const value = values[i]
  let low = Infinity
  let high = -Infinity
  for (let down = -reach; down <= reach; down += reach) {
    const r = row + down
    if (r < 0 || r >= rows) continue
    for (let right = -reach; right <= reach; right += reach) {
      const c = col + right
      if (c < 0 || c >= cols) continue
      const median = local[r * cols + c]
      const deviation = relative ? value / median - 1 : value - median
      if (deviation < low) low = deviation
      if (deviation > high) high = deviation
    }
  }
  if (low > 0) return low === Infinity ? 0 : low
  return high < 0 ? (high === -Infinity ? 0 : high) : 0
}
