import { nextUint32 } from './next-uint32.js'
import type { RandomState } from './create-random-state.js'

/**
 * A uniform number strictly between 0 and 1: (u + 1/2) / 2^32.
 * @param state is changed
 */
export function sampleUniform(state: RandomState): number {
  return (nextUint32(state) + 0.5) * 2.3283064365386963e-10
}
