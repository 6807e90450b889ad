import { medianAndSpread } from './median-and-spread.js'
import type { FrameFacts } from './open-stack.js'

/** Levels of darks jitter by a few times the noise of a pixel at most; modes and beams lie this many apart. */
const PIXEL_NOISES = 24

/**
 * Gap between the levels of few darks that may be chance, DN: their own spread is no measure, since some lie close together now and then.
 * The noise of a pixel is: the spread of the difference of two frames, which their levels do not move.
 */
export function chanceGap(frames: readonly FrameFacts[]): number {
  if (frames.length < 2) return 0
  const [{ sample: a }, { sample: b }] = frames
  return (PIXEL_NOISES * medianAndSpread(a.map((value, i) => value - b[i])).spread) / Math.SQRT2
}
