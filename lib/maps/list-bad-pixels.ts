import { BAD_PIXEL_BITS } from './defect-flags.js'
import type { DefectMap } from './maps.js'

/** Indices of the bad pixels of a defect map, ascending. */
export function listBadPixels({ data }: DefectMap): Uint32Array {
  let pixels: Uint32Array = new Uint32Array(1024)
  let count = 0
  for (let i = 0; i < data.length; i++) {
    if ((data[i] & BAD_PIXEL_BITS) === 0) continue
    if (count === pixels.length) pixels = grow(pixels, data.length)
    pixels[count++] = i
  }
  return pixels.slice(0, count)
}

function grow(pixels: Uint32Array, most: number): Uint32Array {
  const larger = new Uint32Array(Math.min(4 * pixels.length, Math.max(most, pixels.length + 1)))
  larger.set(pixels)
  return larger
}
