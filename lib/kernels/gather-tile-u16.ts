/**
 * Bring a run of pixels of one u16 frame into a tile as (raw - base) * scale - shift, and keep book of the raw values.
 * The tile holds the frames of one pixel side by side: value of pixel p in frame t at [p * frames + t].
 * @param frame pixels of the frame (or of a band of it)
 * @param first pixels of the first frame of the stack, same layout
 * @param start first pixel of the run in `frame` and `first`
 * @param base what is subtracted from the raw value (the offset map, or zeros)
 * @param baseStart first pixel of the run in `base`
 * @param count pixels of the run
 * @param scale multiplier after the subtraction
 * @param shift DN taken off after that
 * @param saturation raw DN from which a pixel is saturated; Infinity: none is
 * @param tile receives the values
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
  tile: Float64Array,
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
    tile[to] = (value - base[baseStart + p]) * scale - shift
    to += frames
  }
}
