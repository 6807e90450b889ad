import type { KernelPixels } from '../../lib/frame/pixel-data.js'
import { sumGoodF32 } from '../../lib/kernels/stack/sum-good-f32.js'
import { sumGoodSignalF32 } from '../../lib/kernels/stack/sum-good-signal-f32.js'
import { sumGoodU16 } from '../../lib/kernels/stack/sum-good-u16.js'
import type { Region } from '../../lib/frame/region.js'
import { centralRegion } from './central-region.js'
import type { OpenStack } from './open-stack.js'
import { readBands } from './read-bands.js'
import type { Band } from './read-bands.js'
import type { RunOptions } from '../run-options.js'
import { sumRuns } from './sum-runs.js'

/** First pixel and the one after the last. */
type Run = readonly [start: number, end: number]

/**
 * Output of each kept flat relative to the mean of them: k_t = mean of (raw - offset) over the good pixels of the central
 * half of the area (of the whole frame when none is good there). The offset is summed once, and u16 values are summed as
 * integers, without error; sums of rows are added in row order, whatever the bands.
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
  const dark = new Float64Array(2)
  for await (const band of readBands(stack, kept, run)) {
    const runs = runsOf(stack, band, region)
    for (const [start, end] of runs) sumGoodF32(offset, bad, band.start + start, band.start + end, dark)
    const left = bad.subarray(band.start, band.start + band.count)
    const holes = indicesOfBad(left, runs)
    band.frames.forEach((frame, t) => {
      const placed = stack.store.placeOf(frame)
      if (placed !== null) sums[t][0] += sumRuns(placed, runs) - sumOf(frame, holes)
      else addRows(runs, frame, offset.subarray(band.start, band.start + band.count), left, sums[t])
    })
  }
  const outputs =
    stack.pixelType === 'u16'
      ? Float64Array.from(sums, ([sum]) => (sum - dark[0]) / dark[1])
      : Float64Array.from(sums, ([sum, count]) => sum / count)
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

/** First pixel and end of the rows of the region that are in a band. */
function runsOf({ shape: [, cols] }: OpenStack, band: Band, region: Region): Run[] {
  const top = band.start / cols
  const from = Math.max(0, region.row - top)
  const to = Math.min(band.count / cols, region.row + region.rows - top)
  return Array.from({ length: Math.max(0, to - from) }, (_, k) => {
    const start = (from + k) * cols + region.col
    return [start, start + region.cols]
  })
}

/** Bad pixels of the runs, as indices of the band. */
function indicesOfBad(bad: Uint8Array, runs: readonly Run[]): number[] {
  const indices: number[] = []
  for (const [start, end] of runs) {
    for (let i = start; i < end; i++) if (bad[i] !== 0) indices.push(i)
  }
  return indices
}

function sumOf(frame: KernelPixels, indices: readonly number[]): number {
  let sum = 0
  for (const i of indices) sum += frame[i]
  return sum
}

function addRows(runs: readonly Run[], frame: KernelPixels, offset: Float32Array, bad: Uint8Array, sum: Float64Array): void {
  for (const [start, end] of runs) {
    if (frame instanceof Uint16Array) sum[0] += sumGoodU16(frame, bad, start, end)
    else sumGoodSignalF32(frame, offset, bad, start, end, sum)
  }
}
