/**
 * Append to `out`, from `at` on, what lies between low and high (neither included) of the finite values that are not excluded, or of
 * their deviations from `center`. Adds to `tally` how many there are, how many lie below low, at most at low, and at most at high.
 * Returns where it stopped.
 *
 * What must hold: `out` has room for all that may come.
 */
export function gatherBetween(
  values: Float32Array,
  excluded: Uint8Array | undefined,
  from: number,
  to: number,
  low: number,
  high: number,
  center: number | null,
  out: Float32Array,
  at: number,
  tally: Int32Array
): number {
  let all = 0
  let below = 0
  let upToLow = 0
  let upToHigh = 0
  for (let i = from; i < to; i++) {
    const raw = values[i]
    if (raw - raw !== 0 || (excluded !== undefined && excluded[i] !== 0)) continue
    const value = center === null ? raw : Math.fround(Math.abs(raw - center))
    all++
    if (value > low) {
      if (value < high) out[at++] = value
      if (value <= high) upToHigh++
    } else {
      upToLow++
      upToHigh += value <= high ? 1 : 0
      if (value < low) below++
    }
  }
  tally[0] += all
  tally[1] += below
  tally[2] += upToLow
  tally[3] += upToHigh
  return at
}
