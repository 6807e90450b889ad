import type { Shape } from '../../lib/frame/shape.js'
import { medianOf } from '../../lib/kernels/median/median-of.js'

/** Median signals of a panel in square blocks. */
export interface BlockLevels {
  /** Side of a block, pixels; the last ones of a row and of a column may be longer. */
  readonly size: number
  readonly rows: number
  readonly cols: number
  /** DN; NaN where too few pixels have a signal. */
  readonly levels: Float32Array
  /** Level of the field: the 98 % quantile of the blocks, DN. */
  readonly field: number
}

/** Blocks along the shorter side of a panel, and the largest block, pixels. */
const BLOCKS = 32
const LARGEST = 16
/** Shortest side, pixels, in which a field can be told from its surroundings. */
const SMALLEST_SIDE = 32
const FIELD_QUANTILE = 0.98
/** Part of the field's level below which a pixel has no signal at all: it is dead, and says nothing of the field. */
const NO_SIGNAL = 0.01
/** Blocks below this part of the field's level are measured again without the pixels that have no signal. */
const WEAK = 0.5
/** Least part of a block that must have a signal. */
const FEWEST = 0.25

/**
 * Measure a map in blocks, each by the median of its good pixels.
 * @param signal DN above the offset
 * @param bad 0: good
 * @returns null for a panel that is too small, or without a signal
 */
export function measureBlocks(signal: Float32Array, bad: Uint8Array, [height, width]: Shape): BlockLevels | null {
  const side = Math.min(height, width)
  if (side < SMALLEST_SIDE) return null
  const size = Math.max(4, Math.min(LARGEST, Math.floor(side / BLOCKS)))
  const rows = Math.floor(height / size)
  const cols = Math.floor(width / size)
  const levels = new Float32Array(rows * cols)
  const values = new Float32Array(4 * size * size)
  // Every other pixel of large blocks is enough for a median.
  const step = size > 8 ? 2 : 1
  const medianAbove = (block: number, least: number): number => {
    const row = Math.floor(block / cols)
    const col = block - row * cols
    const bottom = row === rows - 1 ? height : (row + 1) * size
    const right = col === cols - 1 ? width : (col + 1) * size
    let count = 0
    let seen = 0
    for (let r = row * size; r < bottom; r += step) {
      for (let c = col * size; c < right; c += step, seen++) {
        const value = signal[r * width + c]
        if (bad[r * width + c] === 0 && value > least && value < Infinity) values[count++] = value
      }
    }
    return count > FEWEST * seen ? medianOf(values, count) : NaN
  }
  for (let block = 0; block < levels.length; block++) levels[block] = medianAbove(block, -Infinity)
  const known = levels.filter((level) => level > 0).sort()
  if (known.length === 0) return null
  const field = known[Math.floor(FIELD_QUANTILE * (known.length - 1))]
  for (let block = 0; block < levels.length; block++) {
    if (levels[block] < WEAK * field) levels[block] = medianAbove(block, NO_SIGNAL * field)
  }
  return { size, rows, cols, levels, field }
}
