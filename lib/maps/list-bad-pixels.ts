import { BAD_PIXEL_BITS } from './defect-flags.js'
import { isDefect } from './is-defect.js'
import type { DefectMap } from './maps.js'

/** Indices of the defects of a map, ascending: bad pixels of the exposed field, which ends as the panel does. */
export function listBadPixels({ data }: DefectMap): Uint32Array {
  let pixels: Uint32Array = new Uint32Array(1024)
  let count = 0
  const before = data.length - 8
  for (let i = 0; i < data.length; i++) {
    // Bad pixels are few: past eight good ones at once.
    while (i < before && areGood(data, i)) i += 8
    if (!isDefect(data[i])) continue
    if (count === pixels.length) pixels = grow(pixels, data.length)
    pixels[count++] = i
  }
  return pixels.slice(0, count)
}

function areGood(data: Uint32Array, i: number): boolean {
  const some = data[i] | data[i + 1] | data[i + 2] | data[i + 3] | data[i + 4] | data[i + 5] | data[i + 6] | data[i + 7]
  return (some & BAD_PIXEL_BITS) === 0
}

function grow(pixels: Uint32Array, most: number): Uint32Array {
  const larger = new Uint32Array(Math.min(4 * pixels.length, Math.max(most, pixels.length + 1)))
  larger.set(pixels)
  return larger
}
