import { inParts } from '../in-parts.js'

/** Whether more than half of the finite values of good pixels lie above a limit, and so does their median. */
export function isMostlyAbove(values: Float32Array, limit: number, bad: Uint8Array): boolean {
  const tally = new Float64Array(2)
  inParts(values.length, (from, to) => {
    // More than half of all pixels are enough.
    if (2 * tally[1] <= values.length) countAbove(values, limit, bad, from, to, tally)
  })
  return 2 * tally[1] > tally[0]
}

/** Adds to the tally how many count, and how many of them lie above. */
function countAbove(values: Float32Array, limit: number, bad: Uint8Array, from: number, to: number, tally: Float64Array): void {
  let all = 0
  let above = 0
  for (let i = from; i < to; i++) {
    const value = values[i]
    if (bad[i] !== 0 || value - value !== 0) continue
    all++
    if (value > limit) above++
  }
  tally[0] += all
  tally[1] += above
}
