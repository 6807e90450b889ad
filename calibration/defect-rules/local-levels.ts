import { medianFilter } from '../../lib/kernels/median/median-filter.js'
import type { StackSummary } from '../stack-summary.js'
import type { DefectContext } from './defect-context.js'

/** Of the window of the local median, 9 x 9. */
export const WINDOW_RADIUS = 4

/**
 * How much brighter a level of flats is than the first one, around every pixel: the 9 x 9 median of the ratio of the two
 * over the good pixels that do not saturate, so that neither the beam's shape nor a chip that bends with the level is laid
 * to the pixel. Where no good pixel is around, the ratio of the panel's medians.
 */
export function localLevels(context: DefectContext, flat: StackSummary, level: number): Float32Array {
  const { flats, levels, bad, shape, scratch } = context
  const [first] = flats
  const excluded = new Uint8Array(bad.length)
  const ratio = scratch.take()
  for (let i = 0; i < ratio.length; i++) {
    ratio[i] = flat.location[i] / first.location[i]
    excluded[i] = bad[i] !== 0 || flat.saturated[i] !== 0 || first.saturated[i] !== 0 || ratio[i] - ratio[i] !== 0 ? 1 : 0
  }
  const local = new Float32Array(ratio.length)
  medianFilter(ratio, excluded, shape[0], shape[1], WINDOW_RADIUS, WINDOW_RADIUS, local)
  scratch.give(ratio)
  const whole = level / levels[0]
  for (let i = 0; i < local.length; i++) if (!(local[i] > 0)) local[i] = whole
  return local
}
