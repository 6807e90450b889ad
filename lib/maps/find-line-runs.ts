import { assertShape } from '../frame/assert-shape.js'
import { badPixels } from './bad-pixels.js'
import type { DefectMap } from './maps.js'
import type { LineRun } from './named-defects.js'

export interface FindLineRunsOptions {
  /** Shortest run, pixels. @default 11: more than 10 (ASTM E2597, and the XRD 1621 specification) */
  readonly minimumLength?: number
  /** First row of the lower read-out half: runs along a column end there. @default null, no halves */
  readonly midline?: number | null
}

/**
 * Find the straight runs of bad pixels along rows and columns, without a gap, and count the pixels beside them.
 * @returns column runs by column, then row runs by row
 * @throws {ShapeError} ERR_SHAPE
 * @see ASTM E2597/E2597M-14, bad line segment
 */
export function findLineRuns(defects: DefectMap, options: FindLineRunsOptions = {}): readonly LineRun[] {
  const { minimumLength = 11, midline = null } = options
  assertShape('defect map', defects)
  const [rows, cols] = defects.shape
  const bad = badPixels(defects)
  const down: LineRun[] = []
  const along: LineRun[] = []
  const lengths = new Int32Array(cols)
  const endColumn = (row: number, col: number): void => {
    if (lengths[col] >= minimumLength) down.push(describe(bad, rows, cols, row - lengths[col], col, lengths[col], 'column'))
    lengths[col] = 0
  }
  for (let row = 0, i = 0; row < rows; row++) {
    if (row === midline) for (let col = 0; col < cols; col++) endColumn(row, col)
    let length = 0
    for (let col = 0; col < cols; col++, i++) {
      if (bad[i] !== 0) {
        length++
        lengths[col]++
        continue
      }
      if (length >= minimumLength) along.push(describe(bad, rows, cols, row, col - length, length, 'row'))
      length = 0
      if (lengths[col] !== 0) endColumn(row, col)
    }
    if (length >= minimumLength) along.push(describe(bad, rows, cols, row, cols - length, length, 'row'))
  }
  for (let col = 0; col < cols; col++) endColumn(rows, col)
  return [...down.sort((a, b) => a.col - b.col || a.row - b.row), ...along]
}

function describe(
  bad: Uint8Array,
  rows: number,
  cols: number,
  row: number,
  col: number,
  length: number,
  orientation: LineRun['orientation']
): LineRun {
  const isColumn = orientation === 'column'
  const step = isColumn ? cols : 1
  const side = isColumn ? 1 : cols
  const before = isColumn ? col > 0 : row > 0
  const after = isColumn ? col < cols - 1 : row < rows - 1
  let adjacentPixels = 0
  for (let k = 0, at = row * cols + col; k < length; k++, at += step) {
    if ((before && bad[at - side] !== 0) || (after && bad[at + side] !== 0)) adjacentPixels++
  }
  return { orientation, row, col, length, adjacentPixels }
}
