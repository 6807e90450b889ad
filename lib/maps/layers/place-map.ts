import { OptionError } from '../../errors.js'
import { assertShape } from '../../frame/assert-shape.js'
import type { Shape } from '../../frame/shape.js'
import type { DefectMap } from '../maps.js'

/**
 * Place the map of a read-out region into the panel: pixel [row, col] of the map is pixel [row + origin[0], col + origin[1]] of the panel.
 * @param defects flags of the region
 * @param origin first row and column of the region on the panel, not below 0
 * @param shape [rows, cols] of the panel
 * @returns flags of the panel, a new array; 0 outside the region
 * @throws {OptionError} ERR_OPTION when the region does not lie inside the panel
 * @throws {ShapeError} ERR_SHAPE
 */
export function placeMap(defects: DefectMap, origin: readonly [number, number], shape: Shape): DefectMap {
  assertShape('defect map', defects)
  const [rows, cols] = defects.shape
  const [row, col] = origin
  const inside = row >= 0 && col >= 0 && row + rows <= shape[0] && col + cols <= shape[1]
  if (!Number.isSafeInteger(row) || !Number.isSafeInteger(col) || !inside) {
    throw new OptionError({
      subject: 'option "origin"',
      expected: `a region inside the panel [${shape.join(', ')}]`,
      received: `[${rows}, ${cols}] at [${origin.join(', ')}]`
    })
  }
  const data = new Uint32Array(shape[0] * shape[1])
  for (let r = 0; r < rows; r++) data.set(defects.data.subarray(r * cols, (r + 1) * cols), (row + r) * shape[1] + col)
  return { data, shape: [shape[0], shape[1]] }
}
