import ndarray from 'ndarray'
import type { NdArray } from 'ndarray'
import type { Shape } from './shape.js'

/**
 * An ndarray view [rows, cols] of a frame or map; shares memory. Constructing one needs code generation from strings:
 * where that is forbidden, use `{ data, shape }` as it is.
 */
export function toNdarray<T extends ndarray.TypedArray>(map: { readonly data: T; readonly shape: Shape }): NdArray<T> {
  return ndarray(map.data, [map.shape[0], map.shape[1]])
}
