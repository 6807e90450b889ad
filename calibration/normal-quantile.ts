/**
 * Quantile of the standard normal distribution, absolute error below 4.5e-4.
 * @param p probability, between 0 and 1, both excluded
 * @see Abramowitz and Stegun, Handbook of Mathematical Functions, 26.2.23 (1964)
 */
export function normalQuantile(p: number): number {
  if (p < 0.5) return -normalQuantile(1 - p)
  const t = Math.sqrt(-2 * Math.log(1 - p))
  return t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)))
}
