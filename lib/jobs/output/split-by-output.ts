import { StackError } from '../../errors.js'
import type { PlannedOutput } from './plan-outputs.js'

/** Frames that go into one file. */
export interface OutputFrames<F> {
  readonly target: PlannedOutput
  readonly frames: AsyncIterable<F>
}

/**
 * Give the frames of an input to the files that they become: all to the one, or each to the next. Nothing is given where there is no
 * frame. The frames of one must be taken before the next is asked for.
 * @throws {StackError} ERR_STACK when there are fewer or more frames than files for them
 */
export async function* splitByOutput<F>(
  frames: AsyncIterable<F>,
  outputs: readonly PlannedOutput[],
  oneFrameEach: boolean
): AsyncGenerator<OutputFrames<F>> {
  const source = frames[Symbol.asyncIterator]()
  try {
    let next = await source.next()
    if (next.done) return
    if (!oneFrameEach) {
      yield { target: outputs[0], frames: startingWith(next.value, source) }
      return
    }
    for (const target of outputs) {
      if (next.done) throw countedOtherwise(target, 'fewer')
      yield { target, frames: startingWith(next.value) }
      next = await source.next()
    }
    if (!next.done) throw countedOtherwise(outputs[0], 'more')
  } finally {
    await source.return?.()
  }
}

function countedOtherwise({ inputs }: PlannedOutput, received: string): StackError {
  return new StackError({ subject: inputs[0], expected: 'as many frames as were counted', received })
}

async function* startingWith<F>(first: F, others?: AsyncIterator<F>): AsyncGenerator<F> {
  yield first
  for (let next = await others?.next(); next && !next.done; next = await others!.next()) yield next.value
}
