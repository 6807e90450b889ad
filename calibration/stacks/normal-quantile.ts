import { chiSquareQuantile } from '../../lib/kernels/statistics/chi-square-quantile.js'

/**
 * Quantile of the standard normal distribution: its square is that of a chi-square of one degree of freedom.
 * @param p probability, between 0 and 1, both excluded
 */
export function normalQuantile(p: number): number {
  return p < 0.5 ? -normalQuantile(1 - p) : Math.sqrt(chiSquareQuantile(1, 2 * (1 - p)))
}
