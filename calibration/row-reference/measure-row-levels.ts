import { trimmedMean } from '../../lib/kernels/statistics/trimmed-mean.js'
import type { KernelPixels } from '../../lib/frame/pixel-data.js'
import type { RunOptions } from '../run-options.js'
import type { OpenStack } from '../stacks/open-stack.js'
import { readBands } from '../stacks/read-bands.js'

/** Levels of the rows of the kept frames of a stack above their offset, DN: frame after frame, one value per row. */
export interface RowLevels {
  readonly frames: number
  readonly rows: number
  /** From all reference pixels of a row; NaN for one without. */
  readonly all: Float64Array
  /** The same from every other reference pixel alone, the first, third, ... and the others: their noise is independent. */
  readonly odd: Float64Array
  readonly even: Float64Array
  /** Mean signal of the other good pixels of each row. */
  readonly exposed: Float64Array
}

/**
 * Measure the level of each row of each kept frame: the trimmed mean (an eighth off on either side) of raw - offset over
 * its good reference pixels.
 * @param use per pixel, 1: reference, 0: other good pixel, anything else: neither
 */
export async function measureRowLevels(
  stack: OpenStack,
  kept: readonly number[],
  offset: Float32Array,
  use: Uint8Array,
  run: RunOptions
): Promise<RowLevels> {
  const [rows, cols] = stack.shape
  const frames = kept.length
  const map = (): Float64Array => new Float64Array(frames * rows)
  const levels: RowLevels = { frames, rows, all: map(), odd: map(), even: map(), exposed: map() }
  const values = [new Float64Array(cols), new Float64Array(cols), new Float64Array(cols)]
  for await (const band of readBands(stack, kept, run)) {
    const first = band.start / cols
    band.frames.forEach((frame, t) => {
      for (let row = 0; row < band.count / cols; row++) {
        const at = t * rows + first + row
        levels.exposed[at] = measureRow(frame, row * cols, offset, use, (first + row) * cols, cols, values)
        levels.all[at] = trimmedMean(values[0], counts[0])
        levels.odd[at] = trimmedMean(values[1], counts[1])
        levels.even[at] = trimmedMean(values[2], counts[2])
      }
    })
  }
  return levels
}

/** How many values {@link measureRow} gave: of all reference pixels, of every other, of the others. */
const counts = new Int32Array(3)

/** Gather the reference values of a row; returns the mean of its other good pixels. */
function measureRow(
  frame: KernelPixels,
  from: number,
  offset: Float32Array,
  use: Uint8Array,
  at: number,
  cols: number,
  [all, odd, even]: readonly Float64Array[]
): number {
  counts.fill(0)
  let sum = 0
  let exposed = 0
  for (let col = 0; col < cols; col++) {
    const kind = use[at + col]
    if (kind > 1) continue
    const value = frame[from + col] - offset[at + col]
    if (value - value !== 0) continue
    if (kind === 0) {
      sum += value
      exposed++
      continue
    }
    if ((counts[0] & 1) === 0) odd[counts[1]++] = value
    else even[counts[2]++] = value
    all[counts[0]++] = value
  }
  return sum / exposed
}
