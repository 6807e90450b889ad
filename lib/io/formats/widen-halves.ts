let table: Float32Array | undefined

/**
 * Half floats as floats, exactly.
 * @param halves their 16 bits
 * @param floats as many values to fill
 * @see IEEE 754-2019, binary16
 */
export function widenHalves(halves: Uint16Array, floats: Float32Array): void {
  table ??= Float32Array.from({ length: 2 ** 16 }, (_, bits) => floatOf(bits))
  for (let i = 0; i < halves.length; i++) floats[i] = table[halves[i]]
}

function floatOf(bits: number): number {
  const sign = bits >> 15 === 0 ? 1 : -1
  const exponent = (bits >> 10) & 0x1f
  const fraction = (bits & 0x3ff) / 1024
  if (exponent === 0) return sign * fraction * 2 ** -14
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  return sign * (1 + fraction) * 2 ** (exponent - 15)
}
