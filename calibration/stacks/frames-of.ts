import { StackError } from '../../lib/errors.js'
import { assertShape } from '../../lib/frame/assert-shape.js'
import { fromNdarray } from '../../lib/frame/from-ndarray.js'
import { isNdarray } from '../../lib/frame/is-ndarray.js'
import type { FrameSource } from '../../lib/frame/frame-source.js'
import type { RawFrame } from '../../lib/frame/raw-frame.js'
import { assertSource } from './assert-source.js'

/**
 * Go through a source once. Items may be raw frames or two-dimensional ndarrays; a bare typed array has no shape and is
 * refused.
 * @param subject name of the stack for messages: `darks`
 * @throws {StackError} ERR_STACK for what cannot be gone through again (a generator object), or holds no frames
 * @throws {ShapeError} ERR_SHAPE for a frame whose data do not fill its shape
 */
export async function* framesOf(source: FrameSource, subject: string): AsyncGenerator<RawFrame> {
  assertSource(source, subject)
  let index = 0
  for await (const item of source) yield frameOf(item, subject, index++)
}

function frameOf(item: unknown, subject: string, index: number): RawFrame {
  if (isNdarray(item)) return fromNdarray(item)
  const frame = item as RawFrame
  if (typeof item !== 'object' || item === null || !ArrayBuffer.isView(frame.data) || !Array.isArray(frame.shape)) {
    throw new StackError({
      subject: `${subject}, frame ${index}`,
      expected: 'a frame { data, shape } or an ndarray',
      received: ArrayBuffer.isView(item) ? 'a typed array, which has no shape' : String(item),
      frames: [index]
    })
  }
  assertShape(`${subject}, frame ${index}`, frame)
  return frame
}
