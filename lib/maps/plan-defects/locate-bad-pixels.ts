import { DEFECT_FLAGS } from '../defect-flags.js'
import { listBadPixels } from '../list-bad-pixels.js'
import type { DefectMap } from '../maps.js'

/** Row steps of the eight directions; a direction and its opposite stand side by side, straight ones first. */
export const ROW_STEPS: readonly number[] = [0, 0, -1, 1, -1, 1, -1, 1]
/** Column steps of the eight directions. */
export const COL_STEPS: readonly number[] = [-1, 1, 0, 0, -1, 1, 1, -1]

/** Depth of a pixel from which no good pixel can be reached. */
export const NOWHERE = 0x3fffffff

/** Place of a pixel that no X-rays reach: the panel ends before it. */
const OUTSIDE = -1

/** Every defect of a panel, and what lies around it. */
export interface BadPixels {
  readonly rows: number
  readonly cols: number
  /** Indices of the defects, ascending. */
  readonly pixels: Uint32Array
  /** Per pixel of the panel: 1 + its place in `pixels`; 0 for a good pixel, -1 for one that is not exposed. */
  readonly places: Int32Array
  /** Per bad pixel and direction: steps to the first good pixel that way; 0 when the panel ends before. */
  readonly reach: Int32Array
  /** Per bad pixel: steps (a king's) to the nearest good pixel. */
  readonly depth: Int32Array
  /** Good pixels of the panel. */
  readonly good: number
}

/** Find the bad pixels of a map, how far good pixels stand in eight directions, and how deep each lies. */
export function locateBadPixels(defects: DefectMap): BadPixels {
  const [rows, cols] = defects.shape
  const pixels = listBadPixels(defects)
  const places = new Int32Array(rows * cols)
  for (let place = 0; place < pixels.length; place++) places[pixels[place]] = place + 1
  const outside = closeUnexposed(defects.data, places)
  const bad: BadPixels = {
    rows,
    cols,
    pixels,
    places,
    reach: new Int32Array(8 * pixels.length),
    depth: new Int32Array(pixels.length).fill(NOWHERE),
    good: rows * cols - pixels.length - outside
  }
  // A direction that points back in raster order can be followed in raster order, the others against it.
  for (let place = 0; place < pixels.length; place++) look(bad, place, [0, 2, 4, 6])
  for (let place = pixels.length - 1; place >= 0; place--) look(bad, place, [1, 3, 5, 7])
  return bad
}

/** Returns how many there are. */
function closeUnexposed(flags: Uint32Array, places: Int32Array): number {
  let count = 0
  for (let i = 0; i < flags.length; i++) {
    if ((flags[i] & DEFECT_FLAGS.unexposed) === 0) continue
    places[i] = OUTSIDE
    count++
  }
  return count
}

/** Two raster passes of a king's distance are exact, because its unit ball is the 3 x 3 neighbourhood itself. */
function look({ rows, cols, pixels, places, reach, depth }: BadPixels, place: number, directions: readonly number[]): void {
  const pixel = pixels[place]
  const row = Math.floor(pixel / cols)
  const col = pixel - row * cols
  for (const direction of directions) {
    const nextRow = row + ROW_STEPS[direction]
    const nextCol = col + COL_STEPS[direction]
    if (nextRow < 0 || nextCol < 0 || nextRow >= rows || nextCol >= cols) continue
    const next = places[nextRow * cols + nextCol] - 1
    if (next < OUTSIDE) continue
    if (next < 0) {
      reach[8 * place + direction] = 1
      depth[place] = 1
    } else {
      const onward = reach[8 * next + direction]
      reach[8 * place + direction] = onward === 0 ? 0 : onward + 1
      if (depth[next] + 1 < depth[place]) depth[place] = depth[next] + 1
    }
  }
}
