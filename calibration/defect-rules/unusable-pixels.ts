import { nextNonZero } from '../../lib/kernels/map/next-non-zero.js'
import type { StackSummary } from '../stack-summary.js'

/** 1 for what must not enter a fit: bad pixels, and pixels that saturate in one of the stacks. `bad` itself where none does. */
export function unusablePixels(bad: Uint8Array, stacks: readonly StackSummary[]): Uint8Array {
  let out = bad
  for (const { saturated } of stacks) {
    for (let i = nextNonZero(saturated, 0); i < saturated.length; i = nextNonZero(saturated, i + 1)) {
      if (out === bad) out = bad.slice()
      out[i] = 1
    }
  }
  return out
}
