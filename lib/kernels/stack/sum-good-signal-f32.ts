/**
 * Sum of (raw - offset) over the good pixels of a run of one f32 frame; pixels that are not finite are left out.
 * @param frame pixels of the frame
 * @param offset offset map, DN, same layout
 * @param bad not 0 where a pixel is left out, same layout
 * @param start first pixel of the run
 * @param end pixel after the last
 * @param out its two values, sum in DN and number of pixels, are added to
 */
export function sumGoodSignalF32(
  frame: Float32Array,
  offset: Float32Array,
  bad: Uint8Array,
  start: number,
  end: number,
  out: Float64Array
): void {
  let sum = 0
  let count = 0
  for (let i = start; i < end; i++) {
    if (bad[i] !== 0) continue
    const signal = frame[i] - offset[i]
    if (signal - signal !== 0) continue
    sum += signal
    count++
  }
  out[0] += sum
  out[1] += count
}
