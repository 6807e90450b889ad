import { MAD_TO_SIGMA } from '../../lib/maps/robust-scale.js'
import { OptionError } from '../../lib/errors.js'
import type { CombinePlan } from '../../lib/kernels/stack/combine-pixel.js'
import { normalQuantile } from './normal-quantile.js'

/** How the frames of a stack are combined. */
export type Combine = 'mean' | 'median' | 'clip'

/** A combination as it is used for a number of frames. */
export interface ResolvedCombine {
  readonly plan: CombinePlan
  /** For records: `mean`, `median`, `sigma-clipped mean (kappa 4, 2 passes)`. */
  readonly name: string
  /** Smallest deviation of one frame, in sigma of a pixel, that loses its influence; Infinity: none does. */
  readonly smallestRejectable: number
}

/** Frames from which clipping can be told from noise; below, the median serves. */
const FEWEST_TO_CLIP = 8
const KAPPA = 4
const PASSES = 2
/** Smallest scale believed, in steps of the values: those of a quiet pixel have a MAD of 0. */
const FLOOR = 0.5
/**
 * Rms sd of n normal values after clipping at kappa 4, over sigma: 0.99946 for many; below, the scatter of a MAD of few
 * values clips more. Simulated with 2e5 to 2e4 pixels: 0.9758 (8), 0.9845 (10), 0.9896 (12), 0.9938 (16), 0.9956 (20), 0.9972 (32).
 */
function clippedSd(n: number): number {
  return 0.99946 - 1.45 / (n * n)
}

/**
 * Choose the combination: as asked for, else a sigma-clipped mean from 8 frames on and the median below.
 * @param frames kept frames
 * @param step of the values, DN; smaller ones count as 1
 * @throws {OptionError} ERR_OPTION for a name that is not one of ours
 */
export function resolveCombine(combine: Combine | undefined, frames: number, step = 1): ResolvedCombine {
  const chosen = combine ?? (frames < FEWEST_TO_CLIP ? 'median' : 'clip')
  const common = { kappa: KAPPA, passes: PASSES, floor: FLOOR * Math.max(1, step), clipCorrection: frames < 3 ? 1 : clippedSd(frames) }
  const medianEfficiency = Float64Array.from({ length: frames + 1 }, (_, m) => medianVarianceFactor(m))
  if (chosen === 'mean') return { plan: { mode: 0, ...common, medianEfficiency }, name: 'mean', smallestRejectable: Infinity }
  if (chosen === 'median') {
    return { plan: { mode: 1, ...common, medianEfficiency }, name: 'median', smallestRejectable: beyondMiddle(frames) }
  }
  if (chosen === 'clip') {
    return {
      plan: { mode: 2, ...common, medianEfficiency },
      name: `sigma-clipped mean (kappa ${KAPPA}, ${PASSES} passes)`,
      smallestRejectable: beyondClip(frames)
    }
  }
  throw new OptionError({ subject: 'option "combine"', expected: '"mean", "median" or "clip"', received: String(combine) })
}

/**
 * Variance of the median of n normal values over that of their mean: exact to 4 digits up to 8, within 0.5 % beyond.
 * @see Kenney and Keeping, Mathematics of Statistics 2 (1951); order statistics of the normal distribution
 */
function medianVarianceFactor(n: number): number {
  const exact = [1, 1, 1, 1.34601, 1.1929, 1.43417, 1.2885, 1.47313, 1.3456]
  if (n < exact.length) return exact[n]
  return ((Math.PI / 2) * n) / (n + (n % 2 === 1 ? 0.45 : 1.4))
}

/** A median no longer follows a value that has passed the upper middle one of the others (expected place by Blom). */
function beyondMiddle(n: number): number {
  if (n < 3) return Infinity
  const others = n - 1
  return normalQuantile(((n >> 1) + 1 - 0.375) / (others + 0.25))
}

/**
 * Expected first limit of the clipping when one of n values lies far off: it shifts the median of the others and
 * widens their MAD.
 */
function beyondClip(n: number): number {
  if (n < 3) return Infinity
  const share = n / (2 * (n - 1))
  const shift = normalQuantile(share)
  return shift + KAPPA * MAD_TO_SIGMA * normalQuantile((1 + share) / 2)
}
