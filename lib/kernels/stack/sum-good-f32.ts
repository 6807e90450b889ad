/**
 * Sum of the good pixels of a run of a map.
 * @param map float32 values
 * @param bad not 0 where a pixel is left out, same layout
 * @param start first pixel of the run
 * @param end pixel after the last
 * @param out its two values, sum and number of pixels, are added to
 */
export function sumGoodF32(map: Float32Array, bad: Uint8Array, start: number, end: number, out: Float64Array): void {
  let sum = 0
  let count = 0
  for (let i = start; i < end; i++) {
    if (bad[i] !== 0) continue
    sum += map[i]
    count++
  }
  out[0] += sum
  out[1] += count
}
