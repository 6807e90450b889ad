/** What is kept of a mantissa of 23 bits: 10, so that a value changes by at most 1 part in 2048. */
const LOST_BITS = 13

/**
 * Round every value, in place, to 11 significant bits (half to even), which hold three decimal digits: the bits that go are noise, which no
 * file can make smaller. Infinities and NaN stay what they are; a value too large to be rounded up stays as it is.
 * @param values finite or not
 */
export function roundToThreeDigits(values: Float32Array): void {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length)
  const half = (1 << (LOST_BITS - 1)) - 1
  const kept = ~((1 << LOST_BITS) - 1)
  // the largest magnitude that is not rounded up to infinity
  const largest = 0x7f7fefff
  for (let i = 0; i < words.length; i++) {
    const word = words[i]
    if ((word & 0x7fffffff) <= largest) words[i] = (word + half + ((word >>> LOST_BITS) & 1)) & kept
  }
}
