import { medianAndSpread } from './median-and-spread.js'
import type { OpenStack } from './open-stack.js'

/** Pairs of frames looked at. */
const PAIRS = 3
/** A pixel that switches three times at the limit of that test has 1.6 times the noise of others: this is well below. */
const FACTOR = 1.15
/** A spread of differences below so many steps of the values is too coarse. */
const COARSE = 4

/**
 * Sd below which a pixel of a stack of darks cannot have switched in earnest, DN: 1.15 times the noise of a frame, taken
 * from the differences of the first frames on the sampling grid (the smallest of three pairs); 0 where these say too little.
 */
export function switchingFloor(stack: OpenStack, kept: readonly number[]): number {
  let least = Infinity
  for (let k = 1; k <= PAIRS && k < kept.length; k++) {
    const before = stack.frames[kept[k - 1]].sample
    const { spread } = medianAndSpread(stack.frames[kept[k]].sample.map((value, i) => value - before[i]))
    least = Math.min(least, spread)
  }
  return least < COARSE * Math.max(1, stack.quantum ?? 1) || least === Infinity ? 0 : (FACTOR * least) / Math.SQRT2
}
