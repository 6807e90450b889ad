import { fitSurface, surfaceRow } from '../../fit-surface.js'
import type { PixelSelection } from '../../select-pixels.js'

/**
 * Pixels relative to a second-order surface: a window that the border clips would else see the slope as a deviation. Unchanged where
 * there is no surface, or it is not above 0 everywhere.
 */
export function withoutShading(selection: PixelSelection): PixelSelection {
  const { data, shape, region, good } = selection
  const surface = fitSurface(selection)
  if (surface === null) return selection
  const level = new Float64Array(region.cols)
  const relative = new Float32Array(data.length)
  for (let r = 0; r < region.rows; r++) {
    surfaceRow(surface, r, region.rows, level)
    const base = (region.row + r) * shape[1] + region.col
    for (let c = 0; c < region.cols; c++) {
      if (good[base + c] === 0) continue
      if (!(level[c] > 0)) return selection
      relative[base + c] = data[base + c] / level[c]
    }
  }
  return { ...selection, data: relative }
}
