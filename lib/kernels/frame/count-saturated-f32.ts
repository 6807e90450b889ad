/** Number of `pixels` (indices into `raw`) whose float32 raw value is at or above `saturation`. */
export function countSaturatedF32(raw: Float32Array, pixels: Uint32Array, saturation: number): number {
  let count = 0
  for (let k = 0; k < pixels.length; k++) if (raw[pixels[k]] >= saturation) count++
  return count
}
