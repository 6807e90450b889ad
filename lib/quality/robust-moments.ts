import { medianOf } from '../kernels/median/median-of.js'
import { MAD_TO_SIGMA } from '../maps/robust-scale.js'

/** Median and robust sd (1.4826 MAD) of the first `count` values; reorders them. Null from none. */
export function robustMoments(values: Float32Array, count: number): { readonly median: number; readonly sd: number } | null {
  if (count === 0) return null
  const median = medianOf(values, count)
  for (let i = 0; i < count; i++) values[i] = Math.abs(values[i] - median)
  return { median, sd: MAD_TO_SIGMA * medianOf(values, count) }
}
