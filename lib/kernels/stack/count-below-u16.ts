/**
 * How many pixels of one u16 frame lie below those of a map.
 * @param data pixels
 * @param map same length, finite
 */
export function countBelowU16(data: Uint16Array, map: Float32Array): number {
  const length = data.length
  let below = 0
  for (let i = 0; i < length; i++) if (data[i] < map[i]) below++
  return below
}
