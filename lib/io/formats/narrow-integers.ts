/**
 * Integers of 64 bits, little-endian, as those of 32 bits.
 * @param words their two halves, the lower first
 * @param target as many values to fill
 * @returns index of the first value that does not fit, -1: all do
 */
export function narrowIntegers(words: Int32Array, target: Int32Array | Uint32Array): number {
  const signed = target instanceof Int32Array
  for (let i = 0; i < target.length; i++) {
    const low = words[2 * i]
    if (words[2 * i + 1] !== (signed ? low >> 31 : 0)) return i
    target[i] = low
  }
  return -1
}
