/**
 * How many pixels of one f32 frame lie below those of a map; NaN never does.
 * @param data pixels
 * @param map same length, finite
 */
export function countBelowF32(data: Float32Array, map: Float32Array): number {
  const length = data.length
  let below = 0
  for (let i = 0; i < length; i++) if (data[i] < map[i]) below++
  return below
}
