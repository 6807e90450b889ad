import type { NdArray } from 'ndarray'
import type { PixelData } from './pixel-data.js'

/** True for anything that looks like a two-dimensional ndarray; works by structure, so that copies of the package mix. */
export function isNdarray(value: unknown): value is NdArray<PixelData> {
  if (typeof value !== 'object' || value === null) return false
  const view = value as Partial<NdArray>
  return Array.isArray(view.shape) && Array.isArray(view.stride) && typeof view.offset === 'number' && ArrayBuffer.isView(view.data)
}
