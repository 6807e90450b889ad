/**
 * Bring a run of pixels of one u16 frame into a tile, and keep book of the raw values. A value is (raw - base) * scale - shift,
 * rounded to float32 at every step; the tile holds how far it stands from the value of the first frame, again a float32.
 * The frames of one pixel stand side by side: pixel p in frame t at [p * frames + t].
 * @param frame pixels of the frame (or of a band of it)
 * @param first pixels of the first frame of the stack, same layout
 * @param start first pixel of the run in `frame` and `first`
 * @param base what is subtracted from the raw value (the offset map, or zeros)
 * @param baseStart first pixel of the run in `base`
 * @param count pixels of the run
 * @param scale multiplier after the subtraction, a float32
 * @param shift DN taken off after that, a float32
 * @param saturation raw DN from which a pixel is saturated; Infinity: none is
 * @param tile receives the deviations
 * @param pivots value of each pixel in the first frame: set by index 0, read by the others
 * @param frames frames in the tile
 * @param index index of this frame in the tile
 * @param changed set to 1 where the raw value differs from that of the first frame
 * @param saturated counted up where the raw value is saturated
 * @param outStart first pixel of the run in `changed` and `saturated`
 */
export function gatherTileU16(
  frame: Uint16Array,
  first: Uint16Array,
  start: number,
  base: Float32Array,
  baseStart: number,
  count: number,
  scale: number,
  shift: number,
  saturation: number,
  tile: Float32Array,
  pivots: Float32Array,
  frames: number,
  index: number,
  changed: Uint8Array,
  saturated: Uint16Array,
  outStart: number
): void {
  let to = index
  for (let p = 0; p < count; p++) {
    const value = frame[start + p]
    if (value !== first[start + p]) changed[outStart + p] = 1
    if (value >= saturation) saturated[outStart + p]++
    const level = Math.fround(Math.fround(Math.fround(value - base[baseStart + p]) * scale) - shift)
    if (index === 0) pivots[p] = level
    tile[to] = level - pivots[p]
    to += frames
  }
}
