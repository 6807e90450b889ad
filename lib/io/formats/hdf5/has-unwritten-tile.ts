import type { Dataset } from 'h5wasm'

/** From, up to but without. */
export type Range = [number, number]

/**
 * Whether a part of a plane was never written. It reads as one value, as zeros may that were written; so such a part is read a second
 * time: its metadata are held since the first, values are not, and for what was never written there is nothing to read.
 * @param data values of the plane, row by row
 * @param leading where the plane stands on the axes before rows and columns
 * @param tile rows and columns that are written together: those of a chunk
 * @param reads how often the file was read so far
 */
export function hasUnwrittenTile(
  entity: Dataset,
  data: ArrayLike<number | bigint>,
  leading: readonly Range[],
  [rows, cols]: readonly number[],
  [high, wide]: readonly number[],
  reads: () => number
): boolean {
  for (let top = 0; top < rows; top += high) {
    for (let left = 0; left < cols; left += wide) {
      const [bottom, right] = [Math.min(rows, top + high), Math.min(cols, left + wide)]
      if (!isOfOneValue(data, cols, [top, bottom], [left, right])) continue
      const area: Range[] = [...leading, [top, bottom], [left, right]]
      entity.slice(area)
      const before = reads()
      entity.slice(area)
      if (reads() === before) return true
    }
  }
  return false
}

function isOfOneValue(data: ArrayLike<number | bigint>, cols: number, [top, bottom]: Range, [left, right]: Range): boolean {
  const value = data[top * cols + left]
  for (let row = top; row < bottom; row++) {
    for (let at = row * cols + left; at < row * cols + right; at++) if (!Object.is(data[at], value)) return false
  }
  return true
}
