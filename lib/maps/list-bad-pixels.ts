import { BAD_PIXEL_BITS } from './defect-flags.js'
import type { DefectMap } from './maps.js'

/** Indices of the bad pixels of a defect map, ascending. */
export function listBadPixels({ data }: DefectMap): Uint32Array {
  let count = 0
  for (let i = 0; i < data.length; i++) if ((data[i] & BAD_PIXEL_BITS) !== 0) count++
  const pixels = new Uint32Array(count)
  for (let i = 0, k = 0; k < count; i++) if ((data[i] & BAD_PIXEL_BITS) !== 0) pixels[k++] = i
  return pixels
}
