import { medianOf } from './median-of.js'

/**
 * Median of the (2 * radius + 1)^2 window around one value, clipped at the borders, of what is not excluded and not NaN; as
 * `medianFilter`, to the bit. NaN for none.
 * @param few room for the values of a window
 */
export function localMedianAt(
  values: Float32Array,
  excluded: Uint8Array,
  rows: number,
  cols: number,
  radius: number,
  place: number,
  few: Float32Array
): number {
  const row = Math.floor(place / cols)
  const col = place - row * cols
  const firstCol = Math.max(0, col - radius)
  const lastCol = Math.min(cols, col + radius + 1)
  let count = 0
  for (let r = Math.max(0, row - radius), lastRow = Math.min(rows, row + radius + 1); r < lastRow; r++) {
    for (let i = r * cols + firstCol, end = r * cols + lastCol; i < end; i++) {
      const value = values[i]
      if (excluded[i] === 0 && value === value) few[count++] = value
    }
  }
  return Math.fround(medianOf(few, count))
}
