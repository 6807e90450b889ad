import { BAD_PIXEL_BITS } from './defect-flags.js'
import type { DefectMap } from './maps.js'

/**
 * 1 for every bad pixel of a defect map, 0 for every good one, row-major: the form that kernels take.
 * @param out receives them; a new array when absent
 */
export function badPixels(defects: DefectMap, out: Uint8Array = new Uint8Array(defects.data.length)): Uint8Array {
  const { data } = defects
  for (let i = 0; i < data.length; i++) out[i] = (data[i] & BAD_PIXEL_BITS) !== 0 ? 1 : 0
  return out
}
