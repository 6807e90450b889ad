import type { RawFrame } from '../lib/frame/raw-frame.js'
import { meanVarianceU16 } from '../lib/kernels/stack/mean-variance-u16.js'
import type { PixelMap } from '../lib/maps/maps.js'
import { assertPlainStack } from './stacks/assert-plain-stack.js'
import { forEachStrip } from './stacks/for-each-strip.js'

/** Mean and variance of every pixel of a stack. */
export interface AveragedStack {
  /** DN. */
  readonly mean: PixelMap
  /** DN^2, ddof 1; 0 for one frame. */
  readonly variance: PixelMap
}

/**
 * Mean and variance of every pixel over u16 frames in memory, exact up to the rounding to float32: sums and sums of squares are integers.
 * Nothing is judged, left out or levelled: for maps of a panel use `buildOffsetMap` and `buildGainMap`.
 * @param frames 1 to 32 767 frames of one shape, raw DN
 * @throws {StackError} ERR_STACK for another number of frames
 * @throws {ShapeError} ERR_SHAPE when shapes differ
 * @throws {OptionError} ERR_OPTION for pixels that are not u16
 */
export function averageStack(frames: readonly RawFrame[]): AveragedStack {
  const pixels = assertPlainStack(frames)
  const { shape } = frames[0]
  const mean = new Float32Array(pixels[0].length)
  const variance = new Float32Array(pixels[0].length)
  const isDone =
    pixels.length > 1 &&
    forEachStrip(pixels, [mean, variance], new Uint32Array(0), ({ kernels, raw, stride, count, out, scratch }) =>
      kernels.meanVarianceU16(raw, stride, pixels.length, count, out[0], out[1], scratch)
    )
  if (!isDone) meanVarianceU16(pixels, 0, mean, variance)
  return { mean: { data: mean, shape }, variance: { data: variance, shape } }
}
