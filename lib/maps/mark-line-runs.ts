import { DEFECT_FLAGS } from './defect-flags.js'
import { findLineRuns } from './find-line-runs.js'
import type { FindLineRunsOptions } from './find-line-runs.js'
import type { DefectMap } from './maps.js'

export interface MarkLineRunsOptions extends FindLineRunsOptions {
  /** Largest part of the run whose sides may hold further bad pixels. @default 0.1 */
  readonly adjacent?: number
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
  const { adjacent = 0.1 } = options
  const { data, shape } = defects
  const segments = findLineRuns(defects, options).filter((run) => run.adjacentPixels <= adjacent * run.length)
  for (const { orientation, row, col, length } of segments) {
    const step = orientation === 'column' ? shape[1] : 1
    for (let k = 0, at = row * shape[1] + col; k < length; k++, at += step) data[at] |= DEFECT_FLAGS.line
  }
  return segments.length
}
