import { medianOfGood } from '../kernels/median/median-of-good.js'
import { tailsOfGood } from '../kernels/median/tails-of-good.js'

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
 * @param excluded not 0 where the value does not count
 */
export function mapQuantiles(values: Float32Array, excluded: Uint8Array): MapQuantiles | null {
  const [median, count] = medianOfGood(values, excluded, null)
  if (count === 0) return null
  const [low, high] = tailsOfGood(values, excluded, count, Math.round(0.001 * (count - 1)))
  return { median, low, high }
}
