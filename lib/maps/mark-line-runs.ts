import { assertShape } from '../frame/assert-shape.js'
import { badPixels } from './bad-pixels.js'
import { DEFECT_FLAGS } from './defect-flags.js'
import type { DefectMap } from './maps.js'

export interface MarkLineRunsOptions {
  /** Shortest run of bad pixels that is a line, pixels. @default 11 */
  minimumLength?: number
  /** Largest part of the run whose sides may hold further bad pixels. @default 0.1 */
  adjacent?: number
  /** First row of the lower read-out half: runs along a column end there. @default null, no halves */
  midline?: number | null
}

/**
 * Give the flag `line`, in place, to straight runs of bad pixels along a row or a column.
 *
 * A run is a line segment when it is longer than 10 px and at most 10 % of its pixels have a bad pixel beside the run;
 * a broad cluster is none.
 * @param defects changed in place; only bad pixels get the flag
 * @returns number of segments
 * @throws {ShapeError} ERR_SHAPE
 * @see ASTM E2597/E2597M-14, bad line segment
 */
export function markLineRuns(defects: DefectMap, options: MarkLineRunsOptions = {}): number {
  const { minimumLength = 11, adjacent = 0.1, midline = null } = options
  assertShape('defect map', defects)
  const [rows, cols] = defects.shape
  const bad = badPixels(defects)
  const { data } = defects
  const walk = (start: number, length: number, step: number, side: number, before: boolean, after: boolean): number => {
    let segments = 0
    for (let from = 0; from < length; from++) {
      if (bad[start + from * step] === 0) continue
      let to = from
      let beside = 0
      for (; to < length && bad[start + to * step] !== 0; to++) {
        const at = start + to * step
        if ((before && bad[at - side] !== 0) || (after && bad[at + side] !== 0)) beside++
      }
      if (to - from >= minimumLength && beside <= adjacent * (to - from)) {
        segments++
        for (let k = from; k < to; k++) data[start + k * step] |= DEFECT_FLAGS.line
      }
      from = to
    }
    return segments
  }
  let segments = 0
  const split = midline === null ? rows : midline
  for (let col = 0; col < cols; col++) {
    segments += walk(col, split, cols, 1, col > 0, col < cols - 1)
    segments += walk(split * cols + col, rows - split, cols, 1, col > 0, col < cols - 1)
  }
  for (let row = 0; row < rows; row++) segments += walk(row * cols, cols, 1, cols, row > 0, row < rows - 1)
  return segments
}
