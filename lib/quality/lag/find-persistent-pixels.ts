import { medianFilter } from '../../kernels/median/median-filter.js'

/** What the rule of a factor about the median finds. */
export interface PersistentPixels {
  readonly persistentPixels: number
  /** Counted pixels whose surroundings do not stand out of the noise. */
  readonly untestedPixels: number
}

/** Limits of the rule. */
export interface PersistentRule {
  readonly factor: number
  /** Smallest median that is tested, in noise of a pixel. */
  readonly medianSigmas: number
  /** Smallest deviation that counts, in noise of a pixel. */
  readonly pixelSigmas: number
}

const RADIUS = 4

/**
 * Count the pixels whose residual signal is more than a factor away from the median of the good pixels in their 9 x 9 window, either
 * way; tested where that median exceeds 3 sigma of a pixel, and counted where the deviation exceeds 5: below, a ratio is noise.
 * @param residual first frame after the exposure - offset, DN; NaN where it is not finite
 * @param good 1 where the pixel counts
 * @param sigma noise of one pixel of that frame, DN
 * @see ASTM E2597, class of persistence/lag pixels, as publicly described
 */
export function findPersistentPixels(
  residual: Float32Array,
  good: Uint8Array,
  [rows, cols]: readonly [number, number],
  sigma: number,
  { factor, medianSigmas, pixelSigmas }: PersistentRule
): PersistentPixels {
  const medians = new Float32Array(residual.length)
  medianFilter(
    residual,
    good.map((flag) => 1 - flag),
    rows,
    cols,
    RADIUS,
    RADIUS,
    medians
  )
  let persistentPixels = 0
  let untestedPixels = 0
  for (let i = 0; i < residual.length; i++) {
    const value = residual[i]
    const median = medians[i]
    if (good[i] === 0 || value !== value) continue
    if (!(median > medianSigmas * sigma)) untestedPixels++
    else if ((value > factor * median || factor * value < median) && Math.abs(value - median) > pixelSigmas * sigma) persistentPixels++
  }
  return { persistentPixels, untestedPixels }
}
