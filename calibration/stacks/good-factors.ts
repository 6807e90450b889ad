import { sumGoodSignalF32 } from '../../lib/kernels/sum-good-signal-f32.js'
import { sumGoodSignalU16 } from '../../lib/kernels/sum-good-signal-u16.js'
import type { Region } from '../../lib/frame/region.js'
import { centralRegion } from './central-region.js'
import type { OpenStack } from './open-stack.js'
import { readBands } from './read-bands.js'
import type { Band } from './read-bands.js'
import type { RunOptions } from '../run-options.js'

/**
 * Output of each kept flat relative to the mean of them: k_t = mean of (raw - offset) over the good pixels of the central
 * half of the area (of the whole frame when none is good there). Row sums are added in row order, whatever the bands.
 * @param bad not 0 where a pixel is left out
 * @returns one factor per kept frame, mean 1
 */
export async function goodFactors(
  stack: OpenStack,
  kept: readonly number[],
  offset: Float32Array,
  bad: Uint8Array,
  run: RunOptions
): Promise<Float64Array> {
  const region = regionWithGood(stack, bad)
  const sums = kept.map(() => new Float64Array(2))
  for await (const band of readBands(stack, kept, run)) {
    band.frames.forEach((_, t) => addRows(stack, band, t, offset, bad, region, sums[t]))
  }
  const outputs = Float64Array.from(sums, ([sum, count]) => sum / count)
  const mean = outputs.reduce((sum, output) => sum + output, 0) / outputs.length
  return mean > 0 ? outputs.map((output) => output / mean) : outputs.fill(1)
}

function regionWithGood({ shape: [rows, cols] }: OpenStack, bad: Uint8Array): Region {
  const region = centralRegion([rows, cols])
  for (let row = region.row; row < region.row + region.rows; row++) {
    const start = row * cols + region.col
    if (bad.subarray(start, start + region.cols).includes(0)) return region
  }
  return { row: 0, col: 0, rows, cols }
}

function addRows(stack: OpenStack, band: Band, t: number, offset: Float32Array, bad: Uint8Array, region: Region, sum: Float64Array): void {
  const cols = stack.shape[1]
  const frame = band.frames[t]
  const dark = offset.subarray(band.start, band.start + band.count)
  const left = bad.subarray(band.start, band.start + band.count)
  const top = band.start / cols
  const from = Math.max(0, region.row - top)
  const to = Math.min(band.count / cols, region.row + region.rows - top)
  for (let row = from; row < to; row++) {
    const start = row * cols + region.col
    if (frame instanceof Uint16Array) sumGoodSignalU16(frame, dark, left, start, start + region.cols, sum)
    else sumGoodSignalF32(frame, dark, left, start, start + region.cols, sum)
  }
}
