import { divide } from '../../lib/kernels/map/divide.js'
import { robustMedian } from '../../lib/maps/robust-median.js'
import { inParts } from '../in-parts.js'
import type { StackSummary } from '../stack-summary.js'
import type { ScratchMaps } from './scratch-maps.js'

/** Variance of the combination of two frames or more over that of one frame: 1 / n for a mean, more for a median. */
export function locationFactor({ locationErrors, clippedSd, frames }: StackSummary, scratch: ScratchMaps): number {
  const ratio = scratch.take()
  inParts(ratio.length, (from, to) => divide(locationErrors!, clippedSd!, ratio, from, to))
  const median = robustMedian(ratio)
  scratch.give(ratio)
  return median > 0 ? median * median : 1 / frames
}
