import { medianOf } from '../kernels/median-of.js'

/** Makes the median absolute deviation of a Gaussian its standard deviation: 1 / z(3/4). */
export const MAD_TO_SIGMA = 1.4826022185056018

/** Centre and spread that outliers do not move. */
export interface RobustScale {
  /** Median; NaN without values. */
  readonly median: number
  /** 1.4826 times the median absolute deviation from it; NaN without values. */
  readonly sigma: number
  /** Values that took part. */
  readonly count: number
}

/**
 * Median and 1.4826 * MAD of the finite values of the good pixels.
 * @param values map of any size
 * @param bad same length, 0: good; absent: all are
 * @see Rousseeuw, Croux, Alternatives to the median absolute deviation, JASA 88, 1993
 */
export function robustScale(values: Float32Array, bad?: Uint8Array): RobustScale {
  const scratch = new Float32Array(values.length)
  let count = 0
  for (let i = 0; i < values.length; i++) {
    if (bad !== undefined && bad[i] !== 0) continue
    const value = values[i]
    if (value - value === 0) scratch[count++] = value
  }
  const median = medianOf(scratch, count)
  for (let i = 0; i < count; i++) scratch[i] = Math.abs(scratch[i] - median)
  return { median, sigma: MAD_TO_SIGMA * medianOf(scratch, count), count }
}
