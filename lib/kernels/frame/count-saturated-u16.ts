/** Number of `pixels` (indices into `raw`) whose uint16 raw value is at or above `saturation`. */
export function countSaturatedU16(raw: Uint16Array, pixels: Uint32Array, saturation: number): number {
  let count = 0
  for (let k = 0; k < pixels.length; k++) if (raw[pixels[k]] >= saturation) count++
  return count
}
