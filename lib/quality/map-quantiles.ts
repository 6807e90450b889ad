import { orderStatistics } from '../kernels/order-statistics.js'

/** Median and tails of a map over the pixels that count. */
export interface MapQuantiles {
  readonly median: number
  /** 0.1 % of the pixels lie below. */
  readonly low: number
  /** 0.1 % of the pixels lie above. */
  readonly high: number
}

/**
 * Median, 0.1 and 99.9 percentile (nearest rank) of the values that count and are finite; null when there is none.
 * @param good 1 where the value counts
 * @param kept room for as many values
 */
export function mapQuantiles(values: Float32Array, good: Uint8Array, kept: Float32Array): MapQuantiles | null {
  let n = 0
  for (let i = 0; i < values.length; i++) if (good[i] === 1 && values[i] - values[i] === 0) kept[n++] = values[i]
  if (n === 0) return null
  const tail = Math.round(0.001 * (n - 1))
  const [lower, upper, low, high] = orderStatistics(kept, n, [(n - 1) >> 1, n >> 1, tail, n - 1 - tail])
  return { median: (lower + upper) / 2, low, high }
}
