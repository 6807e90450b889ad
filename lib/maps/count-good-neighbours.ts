import { assertShape } from '../frame/assert-shape.js'
import { BAD_PIXEL_BITS } from './defect-flags.js'
import type { DefectMap } from './maps.js'

/**
 * Number of good pixels among the 8 neighbours of every pixel, good or bad.
 *
 * What lies outside the panel is not good: a pixel in a corner has at most 3, on an edge at most 5.
 * @returns rows * cols counts from 0 to 8, row-major
 * @throws {ShapeError} ERR_SHAPE
 * @see ASTM E2597/E2597M-14, cluster kernel pixel; the Mask byte of PerkinElmer bad-pixel maps counts the same way
 */
export function countGoodNeighbours(defects: DefectMap): Uint8Array {
  assertShape('defect map', defects)
  const [rows, cols] = defects.shape
  const { data } = defects
  const inRow = (row: number): number => 1 + (row > 0 ? 1 : 0) + (row < rows - 1 ? 1 : 0)
  const inColumn = (col: number): number => 1 + (col > 0 ? 1 : 0) + (col < cols - 1 ? 1 : 0)
  const out = new Uint8Array(rows * cols)
  for (let row = 0; row < rows; row++) {
    out.fill(inRow(row) * 3 - 1, row * cols, row * cols + cols)
    for (const col of [0, cols - 1]) out[row * cols + col] = inRow(row) * inColumn(col) - 1
  }
  // Bad pixels are few: each takes itself off its neighbours.
  for (let row = 0, i = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++, i++) {
      // Past eight good ones at once.
      while (col < cols - 8 && areGood(data, i)) {
        col += 8
        i += 8
      }
      if ((data[i] & BAD_PIXEL_BITS) === 0) continue
      for (let r = Math.max(0, row - 1); r <= row + 1 && r < rows; r++) {
        for (let c = Math.max(0, col - 1); c <= col + 1 && c < cols; c++) if (r !== row || c !== col) out[r * cols + c]--
      }
    }
  }
  return out
}

function areGood(data: Uint32Array, i: number): boolean {
  const some = data[i] | data[i + 1] | data[i + 2] | data[i + 3] | data[i + 4] | data[i + 5] | data[i + 6] | data[i + 7]
  return (some & BAD_PIXEL_BITS) === 0
}
