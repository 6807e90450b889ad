/**
 * Bring a run of pixels of one f32 frame into a tile, and keep book of the raw values. A value is (raw - base) * scale - shift,
 * rounded to float32 at every step; the tile holds how far it stands from the first finite value of the pixel, again a float32.
 * The frames of one pixel stand side by side: pixel p in frame t at [p * frames + t].
 * A raw value that is not finite becomes NaN and counts as saturated; one whose deviation overflows becomes NaN.
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
 * @param pivots first finite value of each pixel, NaN until there is one: reset by index 0
 * @param frames frames in the tile
 * @param index index of this frame in the tile
 * @param changed set to 1 where the raw value differs from that of the first frame
 * @param saturated counted up where the raw value is saturated
 * @param outStart first pixel of the run in `changed` and `saturated`
 */
export function gatherTileF32(
  frame: Float32Array,
  first: Float32Array,
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
    if (index === 0) pivots[p] = NaN
    if (value - value === 0) {
      if (value >= saturation) saturated[outStart + p]++
      const level = Math.fround(Math.fround(Math.fround(value - base[baseStart + p]) * scale) - shift)
      if (pivots[p] !== pivots[p] && level - level === 0) pivots[p] = level
      const apart = Math.fround(level - pivots[p])
      tile[to] = apart - apart === 0 ? apart : NaN
    } else {
      saturated[outStart + p]++
      tile[to] = NaN
    }
    to += frames
  }
}
