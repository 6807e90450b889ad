import { medianOf } from '../../lib/kernels/median/median-of.js'
import { DEFECT_FLAGS } from '../../lib/maps/defect-flags.js'
import type { DefectMap } from '../../lib/maps/maps.js'
import type { BlockLevels } from './measure-blocks.js'

/** Blocks on either side of the edge in which it is looked for pixel by pixel. */
const EDGE_BLOCKS = 2
/** Part of the field's level beside it below which a pixel lies outside: the penumbra moves with the tube, and is no field. */
const INSIDE = 0.75
/** Radius of the medians that are compared, pixels: no single pixel decides. */
const RADIUS = 2

/**
 * Flag the pixels outside the field of view as unexposed: whole blocks, and near the edge each pixel whose 5 x 5 median lies below 75 % of
 * the field beside it.
 * @param outside per block, 1: outside
 * @returns number of pixels that lie outside
 */
export function flagOutside(signal: Float32Array, blocks: BlockLevels, outside: Uint8Array, { data, shape }: DefectMap): number {
  const [height, width] = shape
  const { size, rows, cols } = blocks
  let found = 0
  for (let block = 0; block < outside.length; block++) {
    const row = Math.floor(block / cols)
    const col = block - row * cols
    const { touches, level } = lookAround(blocks, outside, row, col)
    if (outside[block] === 0 && !touches) continue
    const bottom = row === rows - 1 ? height : (row + 1) * size
    const right = col === cols - 1 ? width : (col + 1) * size
    for (let r = row * size; r < bottom; r++) {
      for (let c = col * size; c < right; c++) {
        // Far from any field there is nothing to compare with, and nothing to ask.
        if (level > 0 && !(medianAround(signal, height, width, r, c) < INSIDE * level)) continue
        data[r * width + c] |= DEFECT_FLAGS.unexposed
        found++
      }
    }
  }
  return found
}

/** Whether a block outside is near, and the highest level of the field near by; 0: none is. */
function lookAround(
  { levels, rows, cols }: BlockLevels,
  outside: Uint8Array,
  row: number,
  col: number
): { touches: boolean; level: number } {
  let touches = false
  let level = 0
  const reach = EDGE_BLOCKS
  for (let r = Math.max(0, row - reach); r <= Math.min(rows - 1, row + reach); r++) {
    for (let c = Math.max(0, col - reach); c <= Math.min(cols - 1, col + reach); c++) {
      const block = r * cols + c
      if (outside[block] === 1) touches = true
      else if (levels[block] > level) level = levels[block]
    }
  }
  return { touches, level }
}

const window = new Float32Array((2 * RADIUS + 1) ** 2)

function medianAround(signal: Float32Array, height: number, width: number, row: number, col: number): number {
  let count = 0
  for (let r = Math.max(0, row - RADIUS); r <= Math.min(height - 1, row + RADIUS); r++) {
    for (let c = Math.max(0, col - RADIUS); c <= Math.min(width - 1, col + RADIUS); c++) {
      const value = signal[r * width + c]
      if (value === value) window[count++] = value
    }
  }
  return count === 0 ? 0 : medianOf(window, count)
}
