import { medianOfGood } from '../kernels/median/median-of-good.js'

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
  const [median, count] = medianOfGood(values, bad, null)
  return { median, sigma: MAD_TO_SIGMA * medianOfGood(values, bad, median)[0], count }
}
