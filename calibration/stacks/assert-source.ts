import { StackError } from '../../lib/errors.js'
import type { FrameSource } from '../../lib/frame/frame-source.js'
import type { RawFrame } from '../../lib/frame/raw-frame.js'

/**
 * Assert that frames can be taken from a source more than once.
 * @throws {StackError} ERR_STACK
 */
export function assertSource(source: FrameSource, subject: string): void {
  const taken = iteratorOf(source)
  if (taken === undefined) {
    throw new StackError({
      subject,
      expected: 'an array of frames, or an object whose iterator can be taken again',
      received: source === null ? 'null' : typeof source
    })
  }
  if (taken === source) {
    throw new StackError({
      subject,
      expected: 'a source whose iterator can be taken again',
      received: 'a generator object (spent after one pass): give an array, or an object with its own [Symbol.asyncIterator]'
    })
  }
}

function iteratorOf(source: FrameSource): unknown {
  if (typeof source !== 'object' || source === null) return undefined
  const both = source as Partial<AsyncIterable<RawFrame> & Iterable<RawFrame>>
  if (typeof both[Symbol.asyncIterator] === 'function') return both[Symbol.asyncIterator]!()
  if (typeof both[Symbol.iterator] === 'function') return both[Symbol.iterator]!()
  return undefined
}
