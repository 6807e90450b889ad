import { isDefect } from '../../maps/is-defect.js'
import type { Region } from '../../frame/region.js'
import type { DefectMap } from '../../maps/maps.js'

/** The square that holds most bad pixels. */
export interface LocalDensity {
  readonly pixels: number
  readonly percent: number
  /** Where; the first in row-major order of several. */
  readonly region: Region
}

/**
 * Find the square of a region that holds most bad pixels: every position is tried, with running sums that are exact
 * integers, in time that does not depend on the side. A region smaller than the square is one window.
 * @param window side of the square, pixels, from 1
 * @param region inside the panel
 */
export function measureLocalDensity(defects: DefectMap, window: number, region: Region): LocalDensity {
  const bad = Uint8Array.from(defects.data, (flags) => (isDefect(flags) ? 1 : 0))
  const width = defects.shape[1]
  const rows = Math.min(window, region.rows)
  const cols = Math.min(window, region.cols)
  const sums = new Int32Array(region.cols)
  const last = region.row + region.rows
  let most = -1
  let top = 0
  let left = 0
  for (let row = region.row; row < last; row++) {
    addRow(sums, bad, row * width + region.col, 1)
    if (row - rows >= region.row) addRow(sums, bad, (row - rows) * width + region.col, -1)
    if (row - rows + 1 < region.row) continue
    let sum = 0
    for (let col = 0; col < region.cols; col++) {
      sum += sums[col] - (col >= cols ? sums[col - cols] : 0)
      if (col >= cols - 1 && sum > most) {
        most = sum
        top = row - rows + 1
        left = region.col + col - cols + 1
      }
    }
  }
  return { pixels: most, percent: (100 * most) / (rows * cols), region: { row: top, col: left, rows, cols } }
}

function addRow(sums: Int32Array, bad: Uint8Array, first: number, sign: number): void {
  for (let col = 0; col < sums.length; col++) sums[col] += sign * bad[first + col]
}
