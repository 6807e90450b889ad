import type { NdArray } from 'ndarray'
import { ShapeError } from '../errors.js'
import type { PixelData } from './pixel-data.js'
import type { RawFrame } from './raw-frame.js'
import type { Shape } from './shape.js'

/**
 * A frame of the values that an ndarray shows. A plain row-major view shares memory; any other view (a transpose, a
 * region, steps) is copied by our own loop, since ndarray-ops needs code generation from strings.
 * @param view two-dimensional, shape [rows, cols]
 * @param scratch receives the copy when its type and length fit; a new array otherwise
 * @throws {ShapeError} ERR_SHAPE when it is not two-dimensional or reaches outside its data
 */
export function fromNdarray(view: NdArray<PixelData>, scratch?: PixelData): RawFrame {
  const [rows, cols] = view.shape
  if (view.shape.length !== 2) {
    throw new ShapeError({ subject: 'ndarray', expected: 'two dimensions [rows, cols]', received: `[${view.shape.join(', ')}]` })
  }
  const shape: Shape = [rows, cols]
  const [rowStride, colStride] = view.stride
  assertInside(view)
  if (colStride === 1 && rowStride === cols) {
    return { data: view.data.subarray(view.offset, view.offset + rows * cols), shape }
  }
  const kind = view.data.constructor as new (length: number) => PixelData
  const data = scratch?.constructor === kind && scratch.length === rows * cols ? scratch : new kind(rows * cols)
  for (let row = 0, to = 0; row < rows; row++) {
    for (let col = 0, from = view.offset + row * rowStride; col < cols; col++, from += colStride) data[to++] = view.data[from]
  }
  return { data, shape }
}

function assertInside(view: NdArray<PixelData>): void {
  let lowest = view.offset
  let highest = view.offset
  for (let axis = 0; axis < 2; axis++) {
    const reach = (view.shape[axis] - 1) * view.stride[axis]
    if (reach < 0) lowest += reach
    else highest += reach
  }
  if (!(lowest >= 0 && highest < view.data.length)) {
    throw new ShapeError({
      subject: 'ndarray',
      expected: `a view inside its ${view.data.length} values`,
      received: `shape [${view.shape.join(', ')}], stride [${view.stride.join(', ')}], offset ${view.offset}`
    })
  }
}
