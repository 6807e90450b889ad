import type { CorrectedPixels, CorrectionFacts } from '../correction/corrector.js'
import type { FrameInfo } from '../frame/frame-info.js'
import type { Shape } from '../frame/shape.js'

/** One frame of a stream. */
export interface StreamedFrame<T extends CorrectedPixels = CorrectedPixels> {
  /** Its place in the source, from 0; dropped frames count. */
  readonly index: number
  /** Corrected pixels, DN: a view in the memory of the pool, valid until the next frame is asked for. */
  readonly data: T
  readonly shape: Shape
  /** What the raw frame said of itself. */
  readonly info: FrameInfo
  readonly facts: CorrectionFacts
}

/** Corrected frames in the order of the source. */
export interface CorrectedStream<T extends CorrectedPixels = CorrectedPixels> extends AsyncIterableIterator<StreamedFrame<T>> {
  /** Frames dropped so far. */
  readonly dropped: number
}
