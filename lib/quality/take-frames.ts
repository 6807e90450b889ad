import { StackError } from '../errors.js'
import { assertShape } from '../frame/assert-shape.js'
import { fromNdarray } from '../frame/from-ndarray.js'
import { isNdarray } from '../frame/is-ndarray.js'
import { toKernelPixels } from '../frame/to-kernel-pixels.js'
import type { FrameInfo } from '../frame/frame-info.js'
import type { KernelPixels } from '../frame/pixel-data.js'
import type { Shape } from '../frame/shape.js'
import type { MeasurableFrame } from './measurable-frame.js'

/** Frames one after the other, gone through once: an array, a generator, a stream. A source may reuse its buffer. */
export type MeasurableSource = Iterable<MeasurableFrame> | AsyncIterable<MeasurableFrame>

/** One frame of a source, in a type that the kernels know. */
export interface TakenFrame {
  readonly data: KernelPixels
  readonly info: FrameInfo
}

/**
 * Go once through the frames of a source.
 * @param subject name of the source for messages: `darks`
 * @throws {StackError} ERR_STACK when it is no source of frames
 * @throws {ShapeError} ERR_SHAPE for a frame of another shape
 */
export async function* takeFrames(source: MeasurableSource, subject: string, shape: Shape): AsyncGenerator<TakenFrame> {
  const given = source as Partial<AsyncIterable<unknown> & Iterable<unknown>> | null | undefined
  if (
    typeof given !== 'object' ||
    given === null ||
    !(Symbol.asyncIterator in given || Symbol.iterator in given) ||
    ArrayBuffer.isView(given)
  ) {
    throw new StackError({ subject, expected: 'an array or another source of frames', received: given === null ? 'null' : typeof given })
  }
  let index = 0
  for await (const item of source) {
    const name = `${subject}, frame ${index++}`
    const frame = isNdarray(item) ? fromNdarray(item) : item
    assertShape(name, frame, shape)
    yield { data: toKernelPixels(name, frame.data), info: (frame as { info?: FrameInfo }).info ?? {} }
  }
}
