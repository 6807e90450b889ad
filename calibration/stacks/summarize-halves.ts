import type { StackSummary } from '../stack-summary.js'
import type { TriageResult } from './judge-stack.js'
import type { OpenStack } from './open-stack.js'
import { summarizeStack } from './summarize-stack.js'
import type { SummarizeStackOptions } from './summarize-stack.js'

/** Something for the even-numbered and for the odd-numbered kept frames. */
export type Halves<T> = readonly [even: T, odd: T]

/** Fewer kept frames leave a half without noise. */
const FEWEST = 4

/**
 * Combine the even-numbered and the odd-numbered kept frames apart, each half as if it were the whole stack.
 * @param offsets for flats: the offset map of each half of the darks
 * @returns null below four kept frames
 */
export async function summarizeHalves(
  stack: OpenStack,
  triage: TriageResult,
  options: SummarizeStackOptions,
  offsets?: Halves<Float32Array>
): Promise<Halves<StackSummary> | null> {
  if (triage.kept.length < FEWEST) return null
  const half = (parity: 0 | 1): Promise<StackSummary> => {
    const kept = triage.kept.filter((_, k) => k % 2 === parity)
    return summarizeStack(stack, { ...triage, kept }, { ...options, ...(offsets && { offset: offsets[parity] }) })
  }
  return [await half(0), await half(1)]
}
