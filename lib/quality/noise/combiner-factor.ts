// n * variance of the median of n standard normals, n = 1..16: integrals over the order statistics.
const MEDIAN_FACTORS = [1, 1, 1.346, 1.1928, 1.4342, 1.2885, 1.4731, 1.3456, 1.4949, 1.3836, 1.5088, 1.4107, 1.5184, 1.4311, 1.5254, 1.447]

/**
 * Variance of a combination of n frames relative to that of their mean, for Gaussian noise: 1 for a mean and for a
 * sigma-clipped mean (kappa 4 rejects 6e-5 of good values), n var(median of n) for a median, towards pi / 2.
 * @param combine as recorded with the stack: `mean`, `median`, `sigma-clipped mean (...)`; anything else counts as a mean
 * @param frames number of frames combined, at least 1
 */
export function combinerFactor(combine: string, frames: number): number {
  if (!combine.startsWith('median')) return 1
  if (frames <= MEDIAN_FACTORS.length) return MEDIAN_FACTORS[Math.max(1, frames) - 1]
  // Odd n has one middle value, even n averages two; both fall short of pi / 2 by about this much.
  return Math.PI / 2 - (frames % 2 === 1 ? 0.68 : 2.05) / frames
}
