import type { RawFrame } from './raw-frame.js'

/**
 * A stack of frames that can be gone through more than once: an array of frames, or an object whose iterator can be
 * taken again (each time the same frames in the same order). A generator object is spent after one pass and is refused.
 * A frame belongs to the consumer until the next one is asked for: a source may reuse the buffer.
 */
export type FrameSource = Iterable<RawFrame> | AsyncIterable<RawFrame>
