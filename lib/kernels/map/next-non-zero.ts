/** First place, from `from` on and before `to`, of a count that is not 0; `to` for none. */
export function nextNonZero(counts: Uint8Array | Uint16Array, from: number, to: number = counts.length): number {
  let i = from
  for (const whole = to - 8; i <= whole; i += 8) {
    const some = counts[i] | counts[i + 1] | counts[i + 2] | counts[i + 3] | counts[i + 4] | counts[i + 5] | counts[i + 6] | counts[i + 7]
    if (some !== 0) break
  }
  while (i < to && counts[i] === 0) i++
  return i
}
