import { assertShape } from '../frame/assert-shape.js'
import { badPixels } from './bad-pixels.js'
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
  const bad = badPixels(defects)
  const out = new Uint8Array(rows * cols)
  for (let row = 0; row < rows; row++) {
    const firstRow = Math.max(0, row - 1)
    const lastRow = Math.min(rows - 1, row + 1)
    for (let col = 0; col < cols; col++) {
      const firstCol = Math.max(0, col - 1)
      const lastCol = Math.min(cols - 1, col + 1)
      let good = 0
      for (let r = firstRow; r <= lastRow; r++) {
        for (let i = r * cols + firstCol; i <= r * cols + lastCol; i++) good += 1 - bad[i]
      }
      const at = row * cols + col
      out[at] = good - (1 - bad[at])
    }
  }
  return out
}
