/**
 * values[at + i] = raw[first + i] for `count` pixels; returns the number of raw values at or above `saturation`, an integer from 0 to
 * 65536 (65536: never).
 */
export function loadU16ToF32(raw: Uint16Array, values: Float32Array, at: number, count: number, first: number, saturation: number): number {
  const below = (saturation - 1) | 0
  let saturated = 0
  for (let i = 0; i < count; i++) {
    const value = raw[first + i]
    values[at + i] = value
    saturated += (below - value) >>> 31
  }
  return saturated
}
