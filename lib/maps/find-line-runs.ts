import { assertShape } from '../frame/assert-shape.js'
import { isDefect } from './is-defect.js'
import { listBadPixels } from './list-bad-pixels.js'
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
  const pixels = listBadPixels(defects)
  const runs = [...findColumnRuns(pixels, defects, minimumLength, midline), ...findRowRuns(pixels, defects, minimumLength)]
  return runs.map((run) => ({ ...run, adjacentPixels: countAdjacent(defects, run) }))
}

type Run = Omit<LineRun, 'adjacentPixels'>

/** A sweep down all columns at once, by column, then by row. */
function findColumnRuns(pixels: Uint32Array, { shape }: DefectMap, minimumLength: number, midline: number | null): Run[] {
  const cols = shape[1]
  const found: Run[] = []
  const lengths = new Int32Array(cols)
  const lasts = new Int32Array(cols)
  const end = (col: number): void => {
    const length = lengths[col]
    if (length >= minimumLength) found.push({ orientation: 'column', row: lasts[col] - length + 1, col, length })
    lengths[col] = 0
  }
  for (const pixel of pixels) {
    const row = Math.floor(pixel / cols)
    const col = pixel - row * cols
    if (lengths[col] > 0 && (lasts[col] !== row - 1 || row === midline)) end(col)
    lengths[col]++
    lasts[col] = row
  }
  for (let col = 0; col < cols; col++) end(col)
  return found.sort((a, b) => a.col - b.col || a.row - b.row)
}

function findRowRuns(pixels: Uint32Array, { shape }: DefectMap, minimumLength: number): Run[] {
  const cols = shape[1]
  const found: Run[] = []
  for (let from = 0, to = 1; from < pixels.length; from = to++) {
    while (to < pixels.length && pixels[to] === pixels[to - 1] + 1 && pixels[to] % cols !== 0) to++
    if (to - from < minimumLength) continue
    const row = Math.floor(pixels[from] / cols)
    found.push({ orientation: 'row', row, col: pixels[from] - row * cols, length: to - from })
  }
  return found
}

function countAdjacent({ data, shape }: DefectMap, { orientation, row, col, length }: Run): number {
  const [rows, cols] = shape
  const isColumn = orientation === 'column'
  const step = isColumn ? cols : 1
  const side = isColumn ? 1 : cols
  const before = isColumn ? col > 0 : row > 0
  const after = isColumn ? col < cols - 1 : row < rows - 1
  let count = 0
  for (let k = 0, at = row * cols + col; k < length; k++, at += step) {
    if ((before && isDefect(data[at - side])) || (after && isDefect(data[at + side]))) count++
  }
  return count
}
