import { robustMedian } from '../../lib/maps/robust-median.js'
import type { DefectContext } from './defect-context.js'

/** Relative sd of the combined flats of a level, median of the good pixels; null where one frame does not tell it. */
export function noiseOfMean({ flats, levels, bad }: DefectContext, level: number): number | null {
  const { locationErrors } = flats[level]
  return locationErrors === null ? null : robustMedian(locationErrors, bad) / levels[level]
}
