import { medianOfGood } from '../kernels/median/median-of-good.js'

/**
 * Median of the finite values of the good pixels, as `robustScale` gives it; NaN without values.
 * @param values map of any size
 * @param bad same length, 0: good; absent: all are
 */
export function robustMedian(values: Float32Array, bad?: Uint8Array): number {
  return medianOfGood(values, bad, null)[0]
}
