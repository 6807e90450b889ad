/** A smaller step is that of the number format, not of a converter, DN. */
const LEAST = 2 ** -10
/** Frames that are looked at: their grids hold more values than a converter has. */
const FRAMES = 8

/**
 * Step of the raw values of a stack, DN: the largest number of which all their differences are multiples (Euclid; exact, since
 * remainders of binary fractions are). Left-aligned values of 14 or 12 bits have steps of 4 or 16 DN, averages of n frames 1 / n.
 * @param samples values of frames on a grid
 * @returns 0: fractional values; null: all values are the same, which tells nothing
 */
export function quantisationStep(samples: readonly Float32Array[]): number | null {
  let step = 0
  const origin = samples[0].find((value) => value - value === 0)
  if (origin === undefined) return null
  for (const sample of samples.slice(0, FRAMES)) {
    for (let k = 0; k < sample.length; k++) {
      const difference = sample[k] - origin
      // Not finite: no value.
      if (difference - difference !== 0) continue
      if (difference === 0 || difference % step === 0) continue
      step = greatestDivisor(Math.abs(difference), step)
      if (step < LEAST) return 0
    }
  }
  return step === 0 ? null : step
}

function greatestDivisor(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b]
  return a
}
