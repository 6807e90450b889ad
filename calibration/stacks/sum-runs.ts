import type { PlacedFrame } from './stack-store.js'

/** More than a raw value can be: nothing is counted. */
const NEVER = 65_536
const BLOCK = 65_536

/**
 * Sum of runs of pixels of a frame in a store, exact: integers below 2^53.
 * @param runs first pixel and the one after the last of each
 */
export function sumRuns({ space: { kernels, memory }, at, scratch }: PlacedFrame, runs: readonly (readonly [number, number])[]): number {
  const { buffer } = memory
  const sums = new Float64Array(buffer, scratch, 2).fill(0)
  new Int32Array(buffer, scratch + 16, 5).fill(0)
  let sum = 0
  for (const [start, end] of runs) {
    const whole = start + ((end - start) & ~7)
    for (let from = start; from < whole; from += BLOCK) {
      kernels.measureBlockU16(at + 2 * from, Math.min(BLOCK, whole - from), 0, NEVER, NEVER, scratch)
    }
    if (whole < end) for (const value of new Uint16Array(buffer, at + 2 * whole, end - whole)) sum += value
  }
  return sum + sums[0]
}
