/**
 * The n-th smallest (from 0) of values[0 .. count); reorders them so that nothing before n is larger and nothing after
 * it is smaller. Quickselect with the middle as pivot.
 *
 * What must hold: 0 <= n < count <= values.length, no NaN among them.
 */
export function selectNth(values: Float32Array, count: number, n: number): number {
  let low = 0
  let high = count - 1
  while (low < high) {
    const pivot = values[(low + high) >> 1]
    let left = low
    let right = high
    while (left <= right) {
      while (values[left] < pivot) left++
      while (values[right] > pivot) right--
      if (left <= right) {
        const value = values[left]
        values[left++] = values[right]
        values[right--] = value
      }
    }
    if (n <= right) high = right
    else if (n >= left) low = left
    else break
  }
  return values[n]
}
