import type { RandomState } from './random-state.js'

/**
 * The next 32 random bits, as an unsigned integer below 2^32.
 * @param state is changed
 */
export function nextUint32(state: RandomState): number {
  const a = state[0]
  const b = state[1]
  const c = state[2]
  const d = state[3]
  const sum = (((a + b) | 0) + d) | 0
  state[0] = b ^ (b >>> 9)
  state[1] = (c + (c << 3)) | 0
  state[2] = (((c << 21) | (c >>> 11)) + sum) | 0
  state[3] = (d + 1) | 0
  return sum >>> 0
}
