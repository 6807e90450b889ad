import { robustMedian } from '../../lib/maps/robust-median.js'
import type { StackSummary } from '../stack-summary.js'

/** Variance of the combination of two frames or more over that of one frame: 1 / n for a mean, more for a median. */
export function locationFactor({ locationErrors, clippedSd, frames }: StackSummary): number {
  const median = robustMedian(locationErrors!.map((error, i) => error / clippedSd![i]))
  return median > 0 ? median * median : 1 / frames
}
