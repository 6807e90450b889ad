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
 * Write what one row of a ROI deviates from its surface into every second element of `line`, times `scale`; a pixel that does not
 * count gets 0, which is the value of the surface. Allocates nothing.
 * @param row row of the frame
 * @param line two values for each pixel of the row
 * @param first 0 or 1: which of the two values
 * @returns sum of the squared deviations, without the scale, DN^2
 */
export function gatherLine(
  { data, good, shape }: PixelSelection,
  { col, surface, firstRow, firstCol, ys, xs }: DetrendedRoi,
  row: number,
  scale: number,
  line: Float64Array,
  first: number
): number {
  const y = ys[row - firstRow]
  const level = surface[0] + surface[2] * y + surface[5] * y * y
  const slope = surface[1] + surface[4] * y
  const bend = surface[3]
  let squares = 0
  for (let out = first, at = col - firstCol, i = row * shape[1] + col; out < line.length; out += 2, at++, i++) {
    const x = xs[at]
    const deviation = good[i] === 0 ? 0 : data[i] - level - x * (slope + bend * x)
    squares += deviation * deviation
    line[out] = deviation * scale
  }
  return squares
}
