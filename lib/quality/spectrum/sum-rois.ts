import { fitSurface } from '../fit-surface.js'
import { createRoiCells } from './create-roi-cells.js'
import { gatherLine } from './gather-line.js'
import type { Region } from '../../frame/region.js'
import type { PowerSum } from './create-power-sum.js'
import type { DetrendedRoi } from './gather-line.js'
import type { PixelSelection } from '../select-pixels.js'

/** What is taken off the frame before the transform. */
export type Detrending = 'surface' | 'roi' | 'mean'

export interface RoiSettings {
  readonly power: PowerSum
  readonly roiSize: number
  readonly step: number
  readonly detrend: Detrending
  readonly maximumBadShare: number
}

/** What the ROIs of one frame add up to. */
export interface RoiSums {
  /** ROIs whose spectra went into the sum. */
  readonly rois: number
  readonly refused: number
  /** Sum over the ROIs of their variances, DN^2. */
  readonly variance: number
  /** Values in the ROIs that stand in for pixels that do not count. */
  readonly filled: number
  /** Different good pixels inside the ROIs. */
  readonly usedPixels: number
  /** Sum of the good pixels of the region, DN, and their number. */
  readonly signal: number
  readonly counted: number
}

/** Degrees of freedom that the detrending takes from each ROI. */
const TAKEN = { surface: 0, roi: 6, mean: 1 } as const

/**
 * Lay ROIs over the region of one frame, centred, and add their power spectra to the sum; the power of a ROI with pixels that do not
 * count is divided by the share of those that do.
 */
export function sumRois(selection: PixelSelection, { power, roiSize, step, detrend, maximumBadShare }: RoiSettings): RoiSums {
  const size = roiSize * roiSize
  const { row, col, rows, cols } = selection.region
  const tops = startsOf(row, rows, roiSize, step)
  const lefts = startsOf(col, cols, roiSize, step)
  const cells = createRoiCells(selection, tops, lefts, roiSize)
  // One column of ROIs after the other, from its top, so that each finds the rows that it shares with the one before.
  const all = lefts.flatMap((left) => tops.map((top) => ({ row: top, col: left, rows: roiSize, cols: roiSize })))
  const rois = all.map((roi) => ({ roi, bad: size - cells.countGood(roi) })).filter(({ bad }) => bad <= maximumBadShare * size)
  const detrended = detrendRois(selection, rois, detrend)
  return {
    rois: detrended.length,
    refused: all.length - detrended.length,
    variance: addRois(selection, detrended, power, detrend),
    filled: detrended.reduce((sum, { bad }) => sum + bad, 0),
    usedPixels: cells.countUnion(detrended),
    signal: sumSignal(selection),
    counted: selection.counts.usedPixels
  }
}

interface CountedRoi {
  readonly roi: Region
  readonly bad: number
}

function startsOf(first: number, length: number, size: number, step: number): number[] {
  if (length < size) return []
  const steps = Math.floor((length - size) / step)
  const start = first + Math.floor((length - size - steps * step) / 2)
  return Array.from({ length: steps + 1 }, (_, at) => start + at * step)
}

// Without those whose good pixels settle no surface: fewer than three rows or columns of them.
function detrendRois(selection: PixelSelection, rois: readonly CountedRoi[], detrend: Detrending): DetrendedRoi[] {
  if (rois.length === 0) return []
  const area = detrend === 'surface' ? selection.region : rois[0].roi
  const ys = axis(area.rows)
  const xs = axis(area.cols)
  const whole = detrend === 'surface' ? fitSurface(selection) : null
  return rois.flatMap(({ roi, bad }) => {
    const { row, col } = roi
    if (detrend === 'surface') return whole ? [{ row, col, bad, surface: whole, firstRow: area.row, firstCol: area.col, ys, xs }] : []
    const surface = detrend === 'roi' ? fitSurface({ ...selection, region: roi }) : Float64Array.of(meanOf(selection, roi), 0, 0, 0, 0, 0)
    return surface ? [{ row, col, bad, surface, firstRow: row, firstCol: col, ys, xs }] : []
  })
}

function axis(length: number): Float64Array {
  const at = new Float64Array(length)
  for (let i = 0; i < length; i++) at[i] = (2 * i) / (length - 1) - 1
  return at
}

function meanOf({ data, good, shape }: PixelSelection, roi: Region): number {
  let sum = 0
  let count = 0
  for (let r = roi.row; r < roi.row + roi.rows; r++) {
    for (let i = r * shape[1] + roi.col, end = i + roi.cols; i < end; i++) {
      if (good[i] === 0) continue
      sum += data[i]
      count++
    }
  }
  return sum / count
}

// Returns the sum of the variances.
function addRois(selection: PixelSelection, rois: readonly DetrendedRoi[], power: PowerSum, detrend: Detrending): number {
  const side = power.size
  const size = side * side
  // Of the rows that `power` keeps.
  const squares = new Float64Array(side)
  let col = -1
  let next = 0
  let variance = 0
  for (const roi of rois) {
    // With a surface of its own a ROI shares no values.
    const first = detrend === 'surface' && roi.col === col ? Math.max(roi.row, next) : roi.row
    col = roi.col
    next = roi.row + side
    for (let row = first; row < next; row += power.batch) takeRows(selection, roi, row, Math.min(power.batch, next - row), power, squares)
    power.addRoi(size / (size - roi.bad))
    variance += squares.reduce((sum, value) => sum + value, 0) / (size - roi.bad - TAKEN[detrend])
  }
  return variance
}

function takeRows(selection: PixelSelection, roi: DetrendedRoi, row: number, count: number, power: PowerSum, squares: Float64Array): void {
  const { even, odd, size, batch } = power
  if (count < batch) {
    even.fill(0)
    odd.fill(0)
  }
  // All the even ones first: one array at a time stays in the nearest cache.
  for (let at = 0; at < count; at += 2) squares[(row + at) % size] = gatherLine(selection, roi, row + at, even, at / 2, batch / 2)
  for (let at = 1; at < count; at += 2) squares[(row + at) % size] = gatherLine(selection, roi, row + at, odd, (at - 1) / 2, batch / 2)
  power.takeRows(row, count)
}

function sumSignal({ data, good, shape, region }: PixelSelection): number {
  let signal = 0
  for (let r = region.row; r < region.row + region.rows; r++) {
    for (let i = r * shape[1] + region.col, end = i + region.cols; i < end; i++) if (good[i] !== 0) signal += data[i]
  }
  return signal
}
