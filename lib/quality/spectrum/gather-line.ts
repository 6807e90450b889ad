import type { Surface } from '../fit-surface.js'
import type { PixelSelection } from '../select-pixels.js'

/** A square ROI and the surface that is taken off it, whose region runs from -1 to 1 along `ys` and `xs`. */
export interface DetrendedRoi {
  readonly row: number
  readonly col: number
  /** Pixels of the ROI that do not count. */
  readonly bad: number
  readonly surface: Surface
  /** First row and column of the region of the surface. */
  readonly firstRow: number
  readonly firstCol: number
  readonly ys: Float64Array
  readonly xs: Float64Array
}

/**
 * Write what one row of a ROI deviates from its surface into `out`, `stride` apart; a pixel that does not count gets 0, which is the
 * value of the surface. Allocates nothing.
 * @param row row of the frame
 * @param out receives as many values as are `stride` apart from `first` to its end
 * @returns sum of the squared deviations, DN^2
 */
export function gatherLine(
  { data, good, shape }: PixelSelection,
  { col, surface, firstRow, firstCol, ys, xs }: DetrendedRoi,
  row: number,
  out: Float64Array,
  first: number,
  stride: number
): number {
  const y = ys[row - firstRow]
  const level = surface[0] + surface[2] * y + surface[5] * y * y
  const slope = surface[1] + surface[4] * y
  const bend = surface[3]
  let squares = 0
  for (let to = first, at = col - firstCol, i = row * shape[1] + col; to < out.length; to += stride, at++, i++) {
    const x = xs[at]
    const deviation = good[i] === 0 ? 0 : data[i] - level - x * (slope + bend * x)
    squares += deviation * deviation
    out[to] = deviation
  }
  return squares
}
