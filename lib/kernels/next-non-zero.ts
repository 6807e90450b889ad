/** First place, from `from` on, of a count that is not 0; the number of counts for none. */
export function nextNonZero(counts: Uint8Array | Uint16Array, from: number): number {
  const { length } = counts
  let i = from
  for (const whole = length - 8; i <= whole; i += 8) {
    const some = counts[i] | counts[i + 1] | counts[i + 2] | counts[i + 3] | counts[i + 4] | counts[i + 5] | counts[i + 6] | counts[i + 7]
    if (some !== 0) break
  }
  while (i < length && counts[i] === 0) i++
  return i
}
