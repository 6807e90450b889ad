import { OptionError, StackError } from '../../lib/errors.js'
import type { KernelPixels } from '../../lib/frame/pixel-data.js'
import { toKernelPixels } from '../../lib/frame/to-kernel-pixels.js'
import { checkPoint } from '../check-point.js'
import { framesOf } from './frames-of.js'
import type { OpenStack } from './open-stack.js'
import { DEFAULT_MEMORY } from '../run-options.js'
import type { RunOptions } from '../run-options.js'

/** Some rows of all kept frames. */
export interface Band {
  /** First pixel of the frame that is in it, and number of pixels. */
  readonly start: number
  readonly count: number
  /** Pixels of each kept frame; pixel `start` of the frame stands at [0]. */
  readonly frames: readonly KernelPixels[]
}

/**
 * Give the kept frames band by band: one band of all rows when the stack is held, else as many rows as the memory allows,
 * with one more pass over the source for each band.
 * @throws {OptionError} ERR_OPTION when the memory does not hold one row of the kept frames
 * @throws {StackError} ERR_STACK when the source gives other frames than in its first pass
 */
export async function* readBands(stack: OpenStack, kept: readonly number[], run: RunOptions): AsyncGenerator<Band> {
  const { shape, held } = stack
  const [rows, cols] = shape
  if (held !== null) {
    yield { start: 0, count: rows * cols, frames: kept.map((index) => held[index]) }
    return
  }
  const { memory = DEFAULT_MEMORY } = run
  const bytesPerRow = kept.length * cols * (stack.pixelType === 'u16' ? 2 : 4)
  const most = Math.floor(memory / bytesPerRow)
  if (!(most >= 1)) {
    throw new OptionError({
      subject: 'option "memory"',
      expected: `at least ${bytesPerRow} bytes, one row of ${kept.length} frames of ${stack.subject}`,
      received: String(memory)
    })
  }
  const bandRows = Math.ceil(rows / Math.ceil(rows / most))
  for (let row = 0; row < rows; row += bandRows) {
    const start = row * cols
    const count = Math.min(bandRows, rows - row) * cols
    yield { start, count, frames: await readBand(stack, new Set(kept), start, count, run) }
  }
}

async function readBand(
  stack: OpenStack,
  kept: ReadonlySet<number>,
  start: number,
  count: number,
  run: RunOptions
): Promise<KernelPixels[]> {
  const frames: KernelPixels[] = []
  const total = stack.frames.length
  stack.store.begin(count)
  let scratch: Float32Array | undefined
  let index = 0
  stack.passes++
  for await (const frame of framesOf(stack.source, stack.subject)) {
    checkPoint(run, `reading ${stack.subject}, pass ${stack.passes}`, index, total)
    if (index >= total || frame.shape[0] !== stack.shape[0] || frame.shape[1] !== stack.shape[1]) throw changed(stack, index)
    if (kept.has(index)) {
      const pixels = toKernelPixels(frame.info?.name ?? `${stack.subject}, frame ${index}`, frame.data, scratch)
      if (pixels !== frame.data) scratch = pixels as Float32Array
      if ((stack.pixelType === 'u16') !== pixels instanceof Uint16Array) throw changed(stack, index)
      const part = pixels.subarray(start, start + count)
      frames.push((part instanceof Uint16Array ? stack.store.place(part) : null) ?? part.slice())
    }
    index++
  }
  if (index !== total) throw changed(stack, index)
  return frames
}

function changed(stack: OpenStack, index: number): StackError {
  return new StackError({
    subject: stack.subject,
    expected: `the same ${stack.frames.length} frames in every pass`,
    received: `something else at frame ${index} in pass ${stack.passes}`,
    frames: [index]
  })
}
