import type { KernelPixels } from '../../frame/pixel-data.js'
import type { PixelSelection } from '../select-pixels.js'

/** How an edge runs: along the columns (each row crosses it) or along the rows (each column crosses it). */
export type EdgeOrientation = 'vertical' | 'horizontal'

/**
 * A region seen as lines that cross an edge: rows for a vertical edge, columns for a horizontal one. Pixel `position` of line `line` is
 * data[offset + line * lineStride + position * step].
 */
export interface EdgeLines {
  readonly data: KernelPixels
  readonly good: Uint8Array
  readonly lines: number
  readonly positions: number
  readonly offset: number
  readonly lineStride: number
  readonly step: number
}

/** See the region of a selection as lines across an edge; nothing is copied. */
export function edgeLines({ data, good, shape, region }: PixelSelection, orientation: EdgeOrientation): EdgeLines {
  const width = shape[1]
  const offset = region.row * width + region.col
  return orientation === 'vertical'
    ? { data, good, lines: region.rows, positions: region.cols, offset, lineStride: width, step: 1 }
    : { data, good, lines: region.cols, positions: region.rows, offset, lineStride: 1, step: width }
}
