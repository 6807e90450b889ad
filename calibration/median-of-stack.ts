import type { RawFrame } from '../lib/frame/raw-frame.js'
import { medianU16 } from '../lib/kernels/stack/median-u16.js'
import type { PixelMap } from '../lib/maps/maps.js'
import { assertPlainStack } from './stacks/assert-plain-stack.js'
import { forEachStrip } from './stacks/for-each-strip.js'
import { medianNetwork } from './stacks/median-network.js'

/**
 * Median of every pixel over u16 frames in memory; the mean of the middle two for an even number of them. Nothing is judged or levelled:
 * for maps of a panel use `buildOffsetMap` and `buildGainMap`.
 * @param frames 1 to 32 767 frames of one shape, raw DN
 * @returns DN
 * @throws {StackError} ERR_STACK for another number of frames
 * @throws {ShapeError} ERR_SHAPE when shapes differ
 * @throws {OptionError} ERR_OPTION for pixels that are not u16
 */
export function medianOfStack(frames: readonly RawFrame[]): PixelMap {
  const pixels = assertPlainStack(frames)
  const median = new Float32Array(pixels[0].length)
  const network = medianNetwork(pixels.length)
  const pairs = Uint32Array.from(network ?? [], ([low, high]) => low * 16 + high * 16 * 65_536)
  const isDone =
    network !== null &&
    forEachStrip(pixels, [median], pairs, ({ kernels, raw, stride, count, out, scratch, words }) =>
      kernels.medianU16(raw, stride, pixels.length, count, words, pairs.length, out[0], scratch)
    )
  if (!isDone) medianU16(pixels, 0, median)
  return { data: median, shape: frames[0].shape }
}
