import type { Region } from '../../lib/frame/region.js'
import type { Shape } from '../../lib/frame/shape.js'

/** The central half of the area of a frame: each side shortened by sqrt(1/2), at least one pixel. */
export function centralRegion([rows, cols]: Shape): Region {
  const height = Math.max(1, Math.round(rows * Math.SQRT1_2))
  const width = Math.max(1, Math.round(cols * Math.SQRT1_2))
  return { row: (rows - height) >> 1, col: (cols - width) >> 1, rows: height, cols: width }
}
