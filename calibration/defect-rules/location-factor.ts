import { robustScale } from '../../lib/maps/robust-scale.js'
import type { StackSummary } from '../stack-summary.js'

/** Variance of the combination of two frames or more over that of one frame: 1 / n for a mean, more for a median. */
export function locationFactor({ locationErrors, clippedSd, frames }: StackSummary): number {
  const { median } = robustScale(locationErrors!.map((error, i) => error / clippedSd![i]))
  return median > 0 ? median * median : 1 / frames
}
