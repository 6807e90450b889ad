import { OptionError } from '../errors.js'
import { assertWholeNumber } from './assert-whole-number.js'
import { FrameStream } from './frame-stream.js'
import type { CorrectedPixels, FrameInput } from '../correction/corrector.js'
import type { CorrectedStream } from './corrected-stream.js'
import type { CorrectionPool } from './correction-pool.js'
import type { FrameIterator } from './frame-stream.js'

/** Options of `correctStream`. */
export interface CorrectStreamOptions {
  /** Ends the stream: the consumer gets ERR_ABORTED at once, also while the source waits for a frame. */
  signal?: AbortSignal
  /**
   * Frames that are worked on, or done and not yet taken. 1 to 1024; each takes a raw and a corrected frame of memory.
   * @default one more than the threads of the pool, so that each finds its next frame at hand; fewer above 1 GiB
   */
  concurrency?: number
  /**
   * Raw frames that wait beside those. 0 to 1024.
   * @default 1
   */
  queue?: number
  /**
   * When as many frames are waiting: do not ask the source for more, or ask on and drop what it gives.
   * @default 'wait'
   */
  whenFull?: 'wait' | 'drop'
}

/**
 * Correct the frames of a source on the threads of a pool, whole frames at a time, and give them in the order of the source. The
 * source is asked for frames as the consumer takes them, at most `concurrency` + `queue` ahead. An error of the source, or a frame that
 * is refused, comes where its frame would have come, and ends the stream; leaving the loop ends the source.
 * @param frames raw frames, DN. They are copied before the next one is asked for, so a source may use its buffer again; frames from
 * `pool.allocRaw` are not: give them in turn from a ring of `concurrency` + `queue` + 1
 * @param pool stays open afterwards; several streams may use it
 * @throws {OptionError} ERR_OPTION
 */
export function correctStream<T extends CorrectedPixels>(
  frames: Iterable<FrameInput> | AsyncIterable<FrameInput>,
  pool: CorrectionPool<T>,
  options: CorrectStreamOptions = {}
): CorrectedStream<T> {
  const { signal, concurrency = concurrencyOf(pool), queue = 1, whenFull = 'wait' } = options
  assertWholeNumber('concurrency', concurrency, 1, MOST)
  assertWholeNumber('queue', queue, 0, MOST)
  if (whenFull !== 'wait' && whenFull !== 'drop') {
    throw new OptionError({ subject: 'option "whenFull"', expected: "'wait' or 'drop'", received: String(whenFull) })
  }
  return new FrameStream(openSource(frames), pool, { signal, concurrency, queue, whenFull })
}

const MOST = 1024
const DEFAULT_BYTES = 2 ** 30
const BYTES_PER_PIXEL = 6

function concurrencyOf({ threads, shape }: CorrectionPool): number {
  const fitting = Math.floor(DEFAULT_BYTES / (BYTES_PER_PIXEL * shape[0] * shape[1]))
  return Math.max(2, Math.min(threads + 1, fitting, MOST))
}

function openSource(frames: Iterable<FrameInput> | AsyncIterable<FrameInput>): () => FrameIterator {
  const source = frames as Partial<Iterable<FrameInput> & AsyncIterable<FrameInput>> | null | undefined
  if (typeof source?.[Symbol.asyncIterator] === 'function') return () => source[Symbol.asyncIterator]!()
  if (typeof source?.[Symbol.iterator] === 'function') return () => source[Symbol.iterator]!()
  throw new OptionError({ subject: 'frames', expected: 'something to iterate over', received: String(frames) })
}
