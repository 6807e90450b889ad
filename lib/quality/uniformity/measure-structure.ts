import { selectPixels } from '../select-pixels.js'
import type { Region } from '../../frame/region.js'
import type { DefectMap } from '../../maps/maps.js'
import type { Unknowns } from '../figure.js'
import type { MeasurableFrame } from '../measurable-frame.js'
import type { PixelCounts, PixelSelection } from '../select-pixels.js'

export interface MeasureStructureOptions {
  /** @default the whole frame */
  readonly region?: Region
}

export interface Structure extends PixelCounts {
  /** Spread of the row means over what pixel noise alone gives: 1 for white noise; shading counts. */
  readonly rowRatio: number | null
  readonly columnRatio: number | null
  /** The same from the steps between adjacent rows, which smooth shading hardly touches. */
  readonly rowStepRatio: number | null
  readonly columnStepRatio: number | null
  /** Sd of the pixels about their row and column means, DN. */
  readonly pixelNoiseDn: number | null
  readonly unknown: Unknowns
}

/** Sum and number of the counted pixels of every row and column. */
interface LineSums {
  readonly rowSum: Float64Array
  readonly rowCount: Float64Array
  readonly colSum: Float64Array
  readonly colCount: Float64Array
}

/**
 * Measure row and column structure: sd of the row means / (sigma / sqrt(W)), likewise for columns. White noise gives
 * 1 +- 1 / sqrt(2H); above 1.2 there is line noise. sigma is the sd of the pixels about their row and column means (two-way analysis
 * of variance), so columns do not hide rows; lines with fewer good pixels weigh as many as they have.
 * The step ratios use differences of adjacent lines, E = 1 too, with a standard error of sqrt(3 / (4H)).
 * @param frame corrected flat, DN
 * @param defects bad pixels never count; null: no map
 * @returns ratios; null, with a reason in `unknown`, from fewer than two rows or columns, or without pixel noise
 * @throws {ShapeError} ERR_SHAPE when frame and defect map differ in shape
 * @throws {OptionError} ERR_OPTION when the region is not inside the frame
 * @see EMVA 1288 release 4.0, section on column, row and pixel variances (2021), for the split of the variance
 */
export function measureStructure(frame: MeasurableFrame, defects: DefectMap | null, { region }: MeasureStructureOptions = {}): Structure {
  const selection = selectPixels('frame', frame, defects, region)
  const sums = sumLines(selection)
  const total = sums.rowSum.reduce((sum, value) => sum + value, 0)
  const mean = total / selection.counts.usedPixels
  const rows = meansOf(sums.rowSum, sums.rowCount)
  const cols = meansOf(sums.colSum, sums.colCount)
  const freedom = selection.counts.usedPixels - known(rows) - known(cols) + 1
  if (known(rows) < 2 || known(cols) < 2 || freedom < 1) return nothing(selection.counts, 'fewer than two rows or columns of good pixels')
  const variance = residualSquares(selection, rows, cols, mean) / freedom
  if (!(variance > 0)) return nothing(selection.counts, 'the pixels do not differ beyond their rows and columns')
  return {
    ...selection.counts,
    rowRatio: Math.sqrt(spread(rows, sums.rowCount, mean) / variance),
    columnRatio: Math.sqrt(spread(cols, sums.colCount, mean) / variance),
    rowStepRatio: stepRatio(rows, sums.rowCount, variance),
    columnStepRatio: stepRatio(cols, sums.colCount, variance),
    pixelNoiseDn: Math.sqrt(variance),
    unknown: explainSteps(rows, cols)
  }
}

function sumLines({ data, good, shape, region }: PixelSelection): LineSums {
  const [rows, cols] = shape
  const rowSum = new Float64Array(rows)
  const rowCount = new Float64Array(rows)
  const colSum = new Float64Array(cols)
  const colCount = new Float64Array(cols).fill(region.rows, region.col, region.col + region.cols)
  for (let row = region.row; row < region.row + region.rows; row++) {
    let sum = 0
    let count = region.cols
    for (let col = region.col, end = col + region.cols, i = row * cols + col; col < end; col++, i++) {
      if (good[i] === 0) {
        count--
        colCount[col]--
        continue
      }
      const value = data[i]
      sum += value
      colSum[col] += value
    }
    rowSum[row] = sum
    rowCount[row] = count
  }
  return { rowSum, rowCount, colSum, colCount }
}

// A line without a good pixel is NaN.
function meansOf(sum: Float64Array, count: Float64Array): Float64Array {
  return sum.map((value, line) => value / count[line])
}

function known(means: Float64Array): number {
  return means.reduce((count, value) => (value === value ? count + 1 : count), 0)
}

function residualSquares(selection: PixelSelection, rowMean: Float64Array, colMean: Float64Array, mean: number): number {
  const { data, good, shape, region } = selection
  let squares = 0
  for (let row = region.row; row < region.row + region.rows; row++) {
    const level = rowMean[row] - mean
    for (let col = region.col, end = col + region.cols, i = row * shape[1] + col; col < end; col++, i++) {
      if (good[i] === 0) continue
      const residual = data[i] - colMean[col] - level
      squares += residual * residual
    }
  }
  return squares
}

// Mean square between lines: sum of n (m - mean)^2 / (lines - 1); its expectation is the pixel variance.
function spread(means: Float64Array, count: Float64Array, mean: number): number {
  let squares = 0
  for (let line = 0; line < means.length; line++) {
    if (count[line] > 0) squares += count[line] * (means[line] - mean) ** 2
  }
  return squares / (known(means) - 1)
}

function stepRatio(means: Float64Array, count: Float64Array, variance: number): number | null {
  let sum = 0
  let steps = 0
  for (let line = 1; line < means.length; line++) {
    if (count[line] === 0 || count[line - 1] === 0) continue
    sum += (means[line] - means[line - 1]) ** 2 / (variance * (1 / count[line] + 1 / count[line - 1]))
    steps++
  }
  return steps === 0 ? null : Math.sqrt(sum / steps)
}

function explainSteps(rows: Float64Array, cols: Float64Array): Unknowns {
  const adjacent = (means: Float64Array) => means.some((value, line) => line > 0 && value === value && means[line - 1] === means[line - 1])
  return {
    ...(adjacent(rows) ? {} : { rowStepRatio: 'no two adjacent rows have good pixels' }),
    ...(adjacent(cols) ? {} : { columnStepRatio: 'no two adjacent columns have good pixels' })
  }
}

function nothing(counts: PixelCounts, reason: string): Structure {
  return {
    ...counts,
    rowRatio: null,
    columnRatio: null,
    rowStepRatio: null,
    columnStepRatio: null,
    pixelNoiseDn: null,
    unknown: { rowRatio: reason, columnRatio: reason, rowStepRatio: reason, columnStepRatio: reason, pixelNoiseDn: reason }
  }
}
