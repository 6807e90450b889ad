/** As `loadU16ToF32`, for float32 raw values; `saturation` is Infinity: never. */
export function loadF32ToF32(
  raw: Float32Array,
  values: Float32Array,
  at: number,
  count: number,
  first: number,
  saturation: number
): number {
  let saturated = 0
  for (let i = 0; i < count; i++) {
    const value = raw[first + i]
    values[at + i] = value
    if (value >= saturation) saturated++
  }
  return saturated
}
