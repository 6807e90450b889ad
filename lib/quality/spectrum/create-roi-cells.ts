import type { PixelSelection } from '../select-pixels.js'

/** First row and column of a square ROI. */
export interface RoiPlace {
  readonly row: number
  readonly col: number
}

/** Counts pixels of overlapping ROIs, looking at each pixel once. */
export interface RoiCells {
  /** Pixels of one ROI that count. */
  countGood(roi: RoiPlace): number
  /** Pixels that count and stand in at least one of the ROIs. */
  countUnion(rois: readonly RoiPlace[]): number
}

/**
 * Cut the region into the cells that lie between the edges of the ROIs, and count the good pixels of each cell.
 * @param tops first rows of the ROIs, each once, ascending
 * @param lefts first columns, likewise; every pair of a top and a left may be a ROI
 * @param size side of a ROI in pixels
 */
export function createRoiCells(selection: PixelSelection, tops: readonly number[], lefts: readonly number[], size: number): RoiCells {
  const rowCuts = cutsOf(tops, size)
  const colCuts = cutsOf(lefts, size)
  const wide = colCuts.length
  const cells = countCells(selection, rowCuts, colCuts)
  const rowAt = new Map(rowCuts.map((row, at) => [row, at]))
  const colAt = new Map(colCuts.map((col, at) => [col, at]))
  const eachRow = ({ row, col }: RoiPlace, visit: (first: number, end: number) => void): void => {
    const end = rowAt.get(row + size)!
    for (let r = rowAt.get(row)!; r < end; r++) visit(r * wide + colAt.get(col)!, r * wide + colAt.get(col + size)!)
  }
  return {
    countGood: (roi) => {
      let count = 0
      eachRow(roi, (first, end) => {
        for (let cell = first; cell < end; cell++) count += cells[cell]
      })
      return count
    },
    countUnion: (rois) => {
      const covered = new Uint8Array(cells.length)
      for (const roi of rois) eachRow(roi, (first, end) => covered.fill(1, first, end))
      return cells.reduce((sum, count, cell) => sum + count * covered[cell], 0)
    }
  }
}

function cutsOf(starts: readonly number[], size: number): number[] {
  return [...new Set(starts.flatMap((start) => [start, start + size]))].sort((a, b) => a - b)
}

// [cut between rows, cut between columns]: the cell that begins at both; those of the last cuts are empty.
function countCells({ good, shape, region, counts }: PixelSelection, rowCuts: readonly number[], colCuts: readonly number[]): Uint32Array {
  const wide = colCuts.length
  const cells = new Uint32Array(rowCuts.length * wide)
  const whole = counts.usedPixels === region.rows * region.cols
  for (let r = 0; r + 1 < rowCuts.length; r++) {
    for (let c = 0; c + 1 < wide; c++) {
      const high = rowCuts[r + 1] - rowCuts[r]
      const pixels = colCuts[c + 1] - colCuts[c]
      cells[r * wide + c] = whole ? high * pixels : countGood(good, shape[1], rowCuts[r] * shape[1] + colCuts[c], high, pixels)
    }
  }
  return cells
}

function countGood(good: Uint8Array, width: number, first: number, rows: number, cols: number): number {
  let count = 0
  for (let r = 0, start = first; r < rows; r++, start += width) {
    for (let i = start, end = start + cols; i < end; i++) count += good[i]
  }
  return count
}
