import { BAD_PIXEL_BITS } from './defect-flags.js'
import type { DefectMap } from './maps.js'

/** 1 for every bad pixel of a defect map, 0 for every good one, row-major: the form that kernels take. */
export function badPixels({ data }: DefectMap): Uint8Array {
  const bad = new Uint8Array(data.length)
  const before = data.length - 8
  for (let i = 0; i < data.length; i++) {
    // Bad pixels are few: past eight good ones at once.
    while (i < before && areGood(data, i)) i += 8
    if ((data[i] & BAD_PIXEL_BITS) !== 0) bad[i] = 1
  }
  return bad
}

function areGood(data: Uint32Array, i: number): boolean {
  const some = data[i] | data[i + 1] | data[i + 2] | data[i + 3] | data[i + 4] | data[i + 5] | data[i + 6] | data[i + 7]
  return (some & BAD_PIXEL_BITS) === 0
}
