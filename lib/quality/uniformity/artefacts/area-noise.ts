import { robustMoments } from '../../robust-moments.js'
import { spreadOf } from './spread-of.js'
import type { ArtefactCells } from './artefact-cells.js'

/** Noise of a pixel, relative, in areas of 64 x 64 px. */
export interface AreaNoise {
  /** Of each area, row by row. */
  readonly sd: Float64Array
  /** Areas in a row. */
  readonly across: number
}

/** Side of the areas, in pixels, in which the noise of a pixel is estimated: 4096 values, 1.8 % standard error. */
export const AREA = 64
const FEWEST = 256

/**
 * Noise of a pixel in areas of 64 x 64 px, so that it may vary with the exposure: 1.4826 MAD; that of the whole frame where an area has
 * fewer than 256 pixels or only one value.
 * @param cells of one pixel each
 * @returns null when the pixels of the frame do not differ
 */
export function areaNoise({ deviation, weight, rows, cols }: ArtefactCells): AreaNoise | null {
  const down = Math.ceil(rows / AREA)
  const across = Math.ceil(cols / AREA)
  const scratch = new Float32Array(AREA * AREA)
  const sd = Float64Array.from({ length: down * across }, (_, area) => {
    const count = gather(deviation, weight, rows, cols, Math.floor(area / across) * AREA, (area % across) * AREA, scratch)
    return count < FEWEST ? NaN : robustMoments(scratch, count)!.sd
  })
  const typical = spreadOf(deviation, weight)
  if (!(typical !== null && typical > 0)) return null
  // An area of one value (quantised, or without pixels) tells nothing.
  return { sd: sd.map((value) => (value > 0 ? value : typical)), across }
}

function gather(
  deviation: Float32Array,
  weight: Float32Array,
  rows: number,
  cols: number,
  row: number,
  col: number,
  out: Float32Array
): number {
  let count = 0
  for (let r = row; r < Math.min(rows, row + AREA); r++) {
    for (let i = r * cols + col, end = r * cols + Math.min(cols, col + AREA); i < end; i++) {
      if (weight[i] > 0) out[count++] = deviation[i]
    }
  }
  return count
}
