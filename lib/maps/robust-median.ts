import { medianOf } from '../kernels/median-of.js'

/**
 * Median of the finite values of the good pixels, as `robustScale` gives it; NaN without values.
 * @param values map of any size
 * @param bad same length, 0: good; absent: all are
 */
export function robustMedian(values: Float32Array, bad?: Uint8Array): number {
  const scratch = new Float32Array(values.length)
  let count = 0
  for (let i = 0; i < values.length; i++) {
    if (bad !== undefined && bad[i] !== 0) continue
    const value = values[i]
    if (value - value === 0) scratch[count++] = value
  }
  return medianOf(scratch, count)
}
