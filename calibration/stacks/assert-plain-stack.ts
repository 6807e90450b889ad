import { OptionError, StackError } from '../../lib/errors.js'
import { assertShape } from '../../lib/frame/assert-shape.js'
import { pixelTypeOf } from '../../lib/frame/pixel-type-of.js'
import type { RawFrame } from '../../lib/frame/raw-frame.js'

/** More would leave the counters of the kernels. */
const MOST_FRAMES = 32_767

/**
 * The pixels of frames that are in memory: u16, of one shape.
 * @throws {StackError} ERR_STACK without a frame, or with more than 32 767
 * @throws {ShapeError} ERR_SHAPE
 * @throws {OptionError} ERR_OPTION for another pixel type
 */
export function assertPlainStack(frames: readonly RawFrame[]): Uint16Array[] {
  if (frames.length === 0 || frames.length > MOST_FRAMES) {
    throw new StackError({ subject: 'stack', expected: `1 to ${MOST_FRAMES} frames`, received: String(frames.length) })
  }
  return frames.map((frame, index) => {
    const subject = `frame ${frame.info?.name ?? index}`
    assertShape(subject, frame, frames[0].shape)
    const { data } = frame
    if (data instanceof Uint16Array) return data
    throw new OptionError({ subject, expected: 'pixels of type u16', received: pixelTypeOf(data) })
  })
}
