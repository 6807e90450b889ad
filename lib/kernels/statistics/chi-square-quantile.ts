import { upperGamma } from './upper-gamma.js'

/**
 * The x that a chi-square of `degrees` degrees of freedom exceeds with probability `p`, by bisection on Q(degrees / 2, x / 2).
 *
 * sqrt(x) for one degree is the two-sided Gaussian quantile z(p); sqrt(x / (n - 1)) for n - 1 degrees is the ratio
 * s / sigma that the sd of n Gaussian values exceeds with probability p. Exact to float64 (approximations such as
 * Wilson-Hilferty are too coarse at p = 1e-6).
 *
 * What must hold: degrees > 0, 0 < p < 1.
 */
export function chiSquareQuantile(degrees: number, p: number): number {
  const a = degrees / 2
  let low = 0
  let high = a + 1
  while (upperGamma(a, high) > p) {
    low = high
    high *= 2
  }
  for (let round = 0; round < 200; round++) {
    const middle = (low + high) / 2
    if (middle === low || middle === high) break
    if (upperGamma(a, middle) > p) low = middle
    else high = middle
  }
  return low + high
}
