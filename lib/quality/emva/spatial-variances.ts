import { momentsOf } from '../moments-of.js'
import type { PixelSelection } from '../select-pixels.js'

/** Spatial variances of a mean frame, temporal noise taken off, DN^2; they keep their sign. */
export interface SpatialVariances {
  readonly mean: number
  readonly total: number
  /** From row to row, from column to column, and what is left; null where the rectangle is too small to part them. */
  readonly row: number | null
  readonly column: number | null
  readonly pixel: number | null
}

/** By which factor a filter changes the variance of white pixels, and of white lines (or of the line means of white pixels). */
export interface FilterFactors {
  readonly pixel: number
  readonly line: number
}

/** Squared deviation of the line means, and the mean of 1 / (good pixels in a line). */
interface LineVariance {
  readonly variance: number
  readonly inverseCount: number
}

/**
 * Part the spatial variance of a mean frame into rows, columns and pixels. With `cav` and `rav` the variances of the
 * column and row means less their temporal noise, and a, b the means of 1 / (good pixels per column), 1 / (good pixels per row):
 *
 *     total = row + column + pixel,   cav = column + a pixel,   rav = row + b pixel
 *
 * On a full rectangle a = 1 / rows, b = 1 / cols, and this is the decomposition of EMVA 1288 exactly. Where defects
 * are left out, each mean is over the good pixels of its line, all lines count alike, and lines without a good pixel drop out: then it is
 * the method of moments for unbalanced data, in which a line that lacks a share d of its pixels takes about d / pixels of the
 * pattern across it along.
 * @param noise temporal variance of the mean frame: sigma^2 / frames, DN^2
 * @param ddof 1 or 0, of the total variance only; those of the line means have 0, as in the standard
 * @param filter what a high-pass did to white pixels and white lines
 * @returns null from fewer than two good pixels
 * @see EMVA 1288 release 4.0 Linear, 8 (2021); Searle, Casella, McCulloch, Variance Components (1992): unbalanced data
 */
export function spatialVariances(
  selection: PixelSelection,
  noise: number,
  ddof: 0 | 1,
  filter: FilterFactors = { pixel: 1, line: 1 }
): SpatialVariances | null {
  const n = selection.counts.usedPixels
  const { mean, sd } = momentsOf(selection)
  if (mean === null || sd === null) return null
  const total = (sd * sd * (n - 1)) / (n - ddof) - noise * filter.pixel
  const [rows, columns] = lineVariances(selection, mean)
  const cav = columns.variance - noise * filter.line * columns.inverseCount
  const rav = rows.variance - noise * filter.line * rows.inverseCount
  const a = (columns.inverseCount * filter.line) / filter.pixel
  const b = (rows.inverseCount * filter.line) / filter.pixel
  if (!(1 - a - b > 1e-9)) return { mean, total, row: null, column: null, pixel: null }
  const pixel = (total - cav - rav) / (1 - a - b)
  return { mean, total, row: rav - b * pixel, column: cav - a * pixel, pixel }
}

function lineVariances({ data, good, shape, region }: PixelSelection, mean: number): [rows: LineVariance, columns: LineVariance] {
  const rowSum = new Float64Array(region.rows)
  const rowCount = new Float64Array(region.rows)
  const colSum = new Float64Array(region.cols)
  const colCount = new Float64Array(region.cols)
  for (let r = 0; r < region.rows; r++) {
    let sum = 0
    let count = 0
    for (let c = 0, i = (region.row + r) * shape[1] + region.col; c < region.cols; c++, i++) {
      if (good[i] === 0) continue
      const deviation = data[i] - mean
      sum += deviation
      count++
      colSum[c] += deviation
      colCount[c]++
    }
    rowSum[r] = sum
    rowCount[r] = count
  }
  return [varianceOfLines(rowSum, rowCount), varianceOfLines(colSum, colCount)]
}

function varianceOfLines(sums: Float64Array, counts: Float64Array): LineVariance {
  let lines = 0
  let centre = 0
  let inverse = 0
  for (let i = 0; i < sums.length; i++) {
    if (counts[i] === 0) continue
    lines++
    centre += sums[i] / counts[i]
    inverse += 1 / counts[i]
  }
  centre /= lines
  let squares = 0
  for (let i = 0; i < sums.length; i++) if (counts[i] > 0) squares += (sums[i] / counts[i] - centre) ** 2
  return { variance: squares / lines, inverseCount: inverse / lines }
}
