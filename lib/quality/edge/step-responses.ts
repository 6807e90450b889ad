import { medianOf } from '../../kernels/median/median-of.js'
import type { EdgeLines } from './edge-lines.js'

/** What a step filter says about blocks of lines. */
export interface StepResponses {
  readonly blocks: number
  readonly positions: number
  /** Lines of a block; lines that do not fill the last block are left out. */
  readonly blockLines: number
  /** [blocks, positions]: mean of the positions that follow less mean of those before, DN; 0 near the ends and where few pixels count. */
  readonly response: Float32Array
  /** Position of the largest response of each block, by size. */
  readonly peak: Int32Array
  /** Median of the sizes of all responses, DN: what stands beside the edge. */
  readonly background: number
}

const SAMPLE = 65536

/**
 * Filter blocks of lines for steps: the mean of the pixels that follow a position less the mean of those before it, over good pixels.
 * A block of up to 8 lines and a reach of up to 8 positions hold noise and single defects down; an edge of 10 degrees moves by 1.4
 * positions within a block.
 */
export function stepResponses(view: EdgeLines): StepResponses {
  const { lines, positions } = view
  const blockLines = Math.min(8, Math.max(1, Math.floor(lines / 64)))
  const half = Math.min(8, Math.max(2, Math.floor(positions / 8)))
  const blocks = Math.floor(lines / blockLines)
  const response = new Float32Array(blocks * positions)
  const peak = new Int32Array(blocks)
  const sum = new Float64Array(positions + 1)
  const count = new Float64Array(positions + 1)
  for (let block = 0; block < blocks; block++) {
    sumBlock(view, block * blockLines, blockLines, sum, count)
    peak[block] = respond(sum, count, half, blockLines, response, block * positions)
  }
  return { blocks, positions, blockLines, response, peak, background: typicalSize(response, positions, half) }
}

// Running sums over the positions: sum[j] holds positions 0 .. j - 1.
function sumBlock(view: EdgeLines, first: number, blockLines: number, sum: Float64Array, count: Float64Array): void {
  const { data, good, positions, offset, lineStride, step } = view
  let total = 0
  let pixels = 0
  for (let position = 0; position < positions; position++) {
    let at = offset + first * lineStride + position * step
    for (let line = 0; line < blockLines; line++, at += lineStride) {
      if (good[at] === 0) continue
      total += data[at]
      pixels++
    }
    sum[position + 1] = total
    count[position + 1] = pixels
  }
}

function respond(sum: Float64Array, count: Float64Array, half: number, blockLines: number, out: Float32Array, base: number): number {
  const last = sum.length - 1 - half
  const enough = (half * blockLines) / 2
  let peak = half
  let largest = -1
  for (let at = half; at <= last; at++) {
    const before = count[at] - count[at - half]
    const after = count[at + half] - count[at]
    if (before < enough || after < enough) continue
    const value = (sum[at + half] - sum[at]) / after - (sum[at] - sum[at - half]) / before
    out[base + at] = value
    if (Math.abs(value) > largest) {
      largest = Math.abs(value)
      peak = at
    }
  }
  return peak
}

function typicalSize(response: Float32Array, positions: number, half: number): number {
  const stride = Math.max(1, Math.ceil(response.length / SAMPLE))
  // A stride that divides the width would look at few columns only.
  const odd = stride > 1 && positions % stride === 0 ? stride + 1 : stride
  const sample = new Float32Array(Math.ceil(response.length / odd))
  let n = 0
  for (let i = 0; i < response.length; i += odd) {
    const position = i % positions
    if (position >= half && position <= positions - half) sample[n++] = Math.abs(response[i])
  }
  return n === 0 ? 0 : medianOf(sample, n)
}
