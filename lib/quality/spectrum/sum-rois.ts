import { fitSurface } from '../fit-surface.js'
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
  const limit = maximumBadShare * roiSize * roiSize
  const all = layRois(selection.region, roiSize, step)
  const rois = all
    .map((roi) => ({ roi, bad: countBad(selection, roi) }))
    .filter(({ bad }) => bad <= limit)
  const detrended = detrendRois(selection, rois, detrend)
  let variance = 0
  for (let at = 0; at < detrended.length; at += 2) variance += addPair(selection, detrended[at], detrended[at + 1], power, TAKEN[detrend])
  return {
    rois: detrended.length,
    refused: all.length - detrended.length,
    variance,
    filled: detrended.reduce((sum, { bad }) => sum + bad, 0),
    ...countPixels(selection, detrended, roiSize)
  }
}

interface CountedRoi {
  readonly roi: Region
  readonly bad: number
}

function layRois({ row, col, rows, cols }: Region, size: number, step: number): Region[] {
  const across = startsOf(col, cols, size, step)
  return startsOf(row, rows, size, step).flatMap((top) => across.map((left) => ({ row: top, col: left, rows: size, cols: size })))
}

function startsOf(first: number, length: number, size: number, step: number): number[] {
  if (length < size) return []
  const steps = Math.floor((length - size) / step)
  const start = first + Math.floor((length - size - steps * step) / 2)
  return Array.from({ length: steps + 1 }, (_, at) => start + at * step)
}

function countBad({ good, shape, region, counts }: PixelSelection, { row, col, rows, cols }: Region): number {
  if (counts.usedPixels === region.rows * region.cols) return 0
  let count = rows * cols
  for (let r = row; r < row + rows; r++) {
    for (let i = r * shape[1] + col, end = i + cols; i < end; i++) count -= good[i]
  }
  return count
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

// Returns the sum of the variances of the two.
function addPair(selection: PixelSelection, a: DetrendedRoi, b: DetrendedRoi | undefined, power: PowerSum, taken: number): number {
  const { line } = power
  const side = line.length / 2
  const size = side * side
  const scaleA = Math.sqrt(size / (size - a.bad))
  const scaleB = b ? Math.sqrt(size / (size - b.bad)) : 0
  let squaresA = 0
  let squaresB = 0
  if (!b) line.fill(0)
  for (let r = 0; r < side; r++) {
    squaresA += gatherLine(selection, a, a.row + r, scaleA, line, 0)
    if (b) squaresB += gatherLine(selection, b, b.row + r, scaleB, line, 1)
    power.addLine(r)
  }
  power.addPair()
  return squaresA / (size - a.bad - taken) + (b ? squaresB / (size - b.bad - taken) : 0)
}

function countPixels({ data, good, shape, region }: PixelSelection, rois: readonly DetrendedRoi[], size: number) {
  const width = shape[1]
  const covered = new Uint8Array(good.length)
  for (const { row, col } of rois) {
    for (let r = row; r < row + size; r++) covered.fill(1, r * width + col, r * width + col + size)
  }
  let usedPixels = 0
  let signal = 0
  let counted = 0
  for (let r = region.row; r < region.row + region.rows; r++) {
    for (let i = r * width + region.col, end = i + region.cols; i < end; i++) {
      if (good[i] === 0) continue
      counted++
      signal += data[i]
      usedPixels += covered[i]
    }
  }
  return { usedPixels, signal, counted }
}
