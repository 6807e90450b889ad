import type { PixelType } from '../frame/pixel-data.js'
import type { RawFrame } from '../frame/raw-frame.js'
import type { Shape } from '../frame/shape.js'

/** Frames to write, as they come. */
export type WritableFrames = Iterable<Pick<RawFrame, 'data' | 'shape'>> | AsyncIterable<Pick<RawFrame, 'data' | 'shape'>>

/** What was written. */
export interface WrittenStack {
  readonly shape: Shape
  readonly type: PixelType
  readonly frames: number
}
