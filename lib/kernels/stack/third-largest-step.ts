/**
 * Third largest absolute difference between consecutive frames, for every pixel of a tile.
 *
 * A spike in one frame makes two large steps, a change for good makes one; a pixel that switches three times makes three.
 * NaN marks a value that is left out: the values before and after it are then consecutive. With fewer than three
 * differences the result is 0, as it is for pixels whose sd says that they did not switch.
 * @param tile pixel p in frame t at [p * frames + t]
 * @param frames frames in the tile
 * @param count pixels in the tile
 * @param sd sd of pixel p over the frames at [start + p]
 * @param floor sd up to which a pixel is not looked at
 * @param out receives the result of pixel p at [start + p]
 */
export function thirdLargestStep(
  tile: Float32Array,
  frames: number,
  count: number,
  sd: Float32Array,
  floor: number,
  out: Float32Array,
  start: number
): void {
  for (let p = 0; p < count; p++) {
    if (sd[start + p] <= floor) {
      out[start + p] = 0
      continue
    }
    const to = (p + 1) * frames
    let first = 0
    let second = 0
    let third = 0
    let previous = NaN
    for (let k = p * frames; k < to; k++) {
      const value = tile[k]
      if (value !== value) continue
      const step = Math.abs(value - previous)
      previous = value
      if (!(step > third)) continue
      if (step > second) {
        third = second
        if (step > first) {
          second = first
          first = step
        } else second = step
      } else third = step
    }
    out[start + p] = third
  }
}
