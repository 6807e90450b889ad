import { StackError } from '../../lib/errors.js'
import type { Shape } from '../../lib/frame/shape.js'
import { medianOf } from '../../lib/kernels/median/median-of.js'
import type { RowReference, RowReferenceHalf } from '../../lib/maps/corrections/row-reference.js'
import { BAD_PIXEL_BITS, DEFECT_FLAGS } from '../../lib/maps/defect-flags.js'
import type { DefectMap } from '../../lib/maps/maps.js'
import type { StackSummary } from '../stack-summary.js'
import type { RowLevels } from './measure-row-levels.js'
import type { ColumnRanges } from './assert-reference-columns.js'

/** Noisier than this times the median of the reference pixels, one is not used. */
const NOISY = 3
/** Good reference pixels that the typical row of a half must have. */
const FEWEST = 4
/** What is done with a pixel. */
const EXPOSED = 0
const REFERENCE = 1
const NEITHER = 2

/**
 * Say which pixels of a panel show the level of a row, which are exposed, and which are neither.
 * @param flags shielded columns, and whatever is known of bad pixels
 * @returns per pixel 1: good reference pixel, 0: good exposed one, 2: neither
 * @throws {StackError} ERR_STACK from one dark, which shows no noise, and where too few reference pixels are good
 */
export function chooseReferencePixels(darks: StackSummary, columns: ColumnRanges, flags: DefectMap): Uint8Array {
  const { clippedSd, location, saturated, shape } = darks
  if (clippedSd === null) {
    throw new StackError({ subject: 'darks', expected: 'two darks or more, to measure the noise of rows', received: 'one' })
  }
  const [rows, cols] = shape
  const others = BAD_PIXEL_BITS & ~DEFECT_FLAGS.unexposed
  const isUsable = (i: number): boolean => (flags.data[i] & others) === 0 && saturated[i] === 0 && location[i] - location[i] === 0
  const use = Uint8Array.from(location, (_, i) => ((flags.data[i] & BAD_PIXEL_BITS) === 0 && isUsable(i) ? EXPOSED : NEITHER))
  const limit = NOISY * medianNoise(columns, shape, clippedSd, isUsable)
  for (const [from, to] of columns) {
    for (let row = 0; row < rows; row++) {
      for (let i = row * cols + from; i < row * cols + to; i++) if (isUsable(i) && clippedSd[i] <= limit) use[i] = REFERENCE
    }
  }
  return use
}

function medianNoise(columns: ColumnRanges, [rows, cols]: Shape, noise: Float32Array, isUsable: (i: number) => boolean): number {
  const values = new Float32Array(rows * columns.reduce((sum, [from, to]) => sum + to - from, 0))
  let count = 0
  for (const [from, to] of columns) {
    for (let row = 0; row < rows; row++) {
      for (let i = row * cols + from; i < row * cols + to; i++) if (isUsable(i)) values[count++] = noise[i]
    }
  }
  return medianOf(values, count)
}

/**
 * Fit how much of the level of a row is to be taken off, per read-out half, from the darks.
 *
 * s_row^2 is the covariance, over rows and frames, of the levels from every other reference pixel and from the rest, which share the
 * row's level and no other noise; what a row or a frame has as a whole is taken out of both. T being the noise map there, a
 * pixel's own noise is S^2 = T^2 - s_row^2, and weight = s_row^2 / (s_row^2 + S^2 / n_d) leaves least of both.
 * @param levels of the darks
 * @param use as {@link chooseReferencePixels} says
 * @param midline first row of the lower half; null: read as a whole
 * @throws {StackError} ERR_STACK with fewer than two rows in a half, or fewer than 4 good reference pixels in its typical row
 * @see the least-squares (Wiener) weight of a level that is known with noise
 */
export function fitRowReference(
  levels: RowLevels,
  darks: StackSummary,
  columns: ColumnRanges,
  use: Uint8Array,
  midline: number | null
): RowReference {
  const { rows } = levels
  const halves: [number, number][] =
    midline === null
      ? [[0, rows]]
      : [
          [0, midline],
          [midline, rows]
        ]
  return { columns, halves: halves.map((half) => fitHalf(levels, darks, columns, use, half)) }
}

function fitHalf(levels: RowLevels, darks: StackSummary, columns: ColumnRanges, use: Uint8Array, half: [number, number]): RowReferenceHalf {
  const [from, to] = half
  const cols = darks.shape[1]
  const good = new Float32Array(to - from)
  const noises = new Float32Array((to - from) * cols)
  let count = 0
  for (let row = from; row < to; row++) {
    for (const [first, end] of columns) {
      for (let i = row * cols + first; i < row * cols + end; i++) {
        if (use[i] !== REFERENCE) continue
        good[row - from]++
        noises[count++] = darks.clippedSd![i]
      }
    }
  }
  const pixels = medianOf(good, good.length)
  if (to - from < 2 || pixels < FEWEST) {
    throw new StackError({
      subject: 'reference columns',
      expected: `${FEWEST} good reference pixels or more in a row, and 2 rows or more`,
      received: `${pixels} in the typical one of rows ${from} to ${to - 1}`
    })
  }
  const rowVariance = Math.max(0, covarianceOf(levels, from, to))
  const ownVariance = Math.max(0, medianOf(noises, count) ** 2 - rowVariance)
  const total = rowVariance + ownVariance / pixels
  return { rows: half, rowNoise: Math.sqrt(rowVariance), weight: total > 0 ? rowVariance / total : 0 }
}

/** Covariance of the two levels of a row, means of every row and of every frame taken off. */
function covarianceOf({ frames, rows, odd, even }: RowLevels, from: number, to: number): number {
  const own = centred(odd, frames, rows, from, to)
  const other = centred(even, frames, rows, from, to)
  let sum = 0
  for (let k = 0; k < own.values.length; k++) sum += own.values[k] * other.values[k]
  return sum / ((frames - 1) * (own.used - 1))
}

/** The values of the rows that have them in all frames, less the means of row and frame; 0 for the others. */
function centred(levels: Float64Array, frames: number, rows: number, from: number, to: number): { values: Float64Array; used: number } {
  const count = to - from
  const values = new Float64Array(frames * count)
  const rowMeans = new Float64Array(count)
  for (let row = 0; row < count; row++) {
    for (let t = 0; t < frames; t++) rowMeans[row] += levels[t * rows + from + row] / frames
  }
  const used = rowMeans.reduce((sum, mean) => sum + (mean - mean === 0 ? 1 : 0), 0)
  for (let t = 0; t < frames; t++) {
    let sum = 0
    for (let row = 0; row < count; row++) {
      const value = levels[t * rows + from + row] - rowMeans[row]
      values[t * count + row] = value - value === 0 ? value : 0
      sum += values[t * count + row]
    }
    const mean = sum / used
    for (let row = 0; row < count; row++) if (rowMeans[row] - rowMeans[row] === 0) values[t * count + row] -= mean
  }
  return { values, used }
}
