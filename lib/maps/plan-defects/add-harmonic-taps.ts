import { addLinearTaps } from './add-linear-taps.js'
import { addTap } from './tap-list.js'
import { COL_STEPS, ROW_STEPS } from './locate-bad-pixels.js'
import type { BadPixels } from './locate-bad-pixels.js'
import type { TapList } from './tap-list.js'

/** The equations are solved for the bad pixels of a window of this radius around the target. */
const RADIUS = 3
/** The window has a margin of one cell, so that every cell of it has four neighbours. */
const SIDE = 2 * RADIUS + 3
const CENTER = (SIDE * SIDE - 1) / 2
/** In raster order an unknown and the one below it are at most this far apart: the matrix is a band. */
const BAND = 2 * RADIUS + 1
const STRIDE = BAND + 1
/** Steps of the first four directions in the window. */
const CELL_STEPS: readonly number[] = [0, 1, 2, 3].map((direction) => ROW_STEPS[direction] * SIDE + COL_STEPS[direction])
/** Cells that may hold unknowns: all but the margin, in raster order. */
const INNER_CELLS: readonly number[] = Array.from({ length: BAND * BAND }, (_, k) => SIDE * (1 + Math.floor(k / BAND)) + 1 + (k % BAND))
const IS_INNER = Uint8Array.from({ length: SIDE * SIDE }, (_, cell) => (INNER_CELLS.includes(cell) ? 1 : 0))

/** Working memory of {@link addHarmonicTaps}, for target after target. */
export interface HarmonicScratch {
  /** Per cell of the window: 1 + number of its unknown, or 0. */
  readonly numbers: Int32Array
  /** Cells of the unknowns. */
  readonly cells: Int32Array
  /** Row k: A[k, k - d] at d, later the Cholesky factor. */
  readonly band: Float64Array
  readonly solution: Float64Array
}

/** Allocate the working memory once. */
export function createHarmonicScratch(): HarmonicScratch {
  const most = BAND * BAND
  return {
    numbers: new Int32Array(SIDE * SIDE),
    cells: new Int32Array(most),
    band: new Float64Array(most * STRIDE),
    solution: new Float64Array(most)
  }
}

/**
 * Interpolate so that every bad pixel of the window is the mean of its four neighbours (discrete Laplace equation),
 * with the good pixels around as given values. The weights of the target are one row of the inverse: with A the
 * symmetric matrix of the equations, A g = e(target), a good pixel gets the sum of g over the unknowns that it touches.
 * A bad pixel at the rim of the window or on the border of the panel is taken as given, interpolated linearly. Weights
 * are not negative, sum to 1, and are exact on every plane.
 * @returns false when the target stands on the border of the panel, or such a given pixel has no good pixels on both
 *   sides; `taps` is then of no use
 */
export function addHarmonicTaps(bad: BadPixels, place: number, limit: number, taps: TapList, scratch: HarmonicScratch): boolean {
  const target = bad.pixels[place]
  if (onBorder(bad, target)) return false
  const count = gatherUnknowns(bad, target, scratch)
  fillMatrix(count, scratch)
  solveForTarget(count, scratch)
  return spreadWeights(bad, target, count, limit, taps, scratch)
}

/** Whether the panel, or its exposed field, ends beside a pixel. */
function onBorder({ rows, cols, places }: BadPixels, pixel: number): boolean {
  const col = pixel % cols
  if (col === 0 || col === cols - 1 || pixel < cols || pixel >= (rows - 1) * cols) return true
  return places[pixel - 1] < 0 || places[pixel + 1] < 0 || places[pixel - cols] < 0 || places[pixel + cols] < 0
}

/** Index on the panel of a cell of the window around `target`. */
function pixelAt({ cols }: BadPixels, target: number, cell: number): number {
  const row = Math.floor(cell / SIDE)
  return target + (row - RADIUS - 1) * cols + cell - row * SIDE - RADIUS - 1
}

/** Flood from the target, then number what was reached in raster order. An unknown never stands on the border. */
function gatherUnknowns(bad: BadPixels, target: number, { numbers, cells }: HarmonicScratch): number {
  numbers.fill(0)
  cells[0] = CENTER
  numbers[CENTER] = 1
  let reached = 1
  for (let done = 0; done < reached; done++) {
    for (let direction = 0; direction < 4; direction++) {
      const next = cells[done] + CELL_STEPS[direction]
      if (IS_INNER[next] === 0 || numbers[next] > 0) continue
      const pixel = pixelAt(bad, target, next)
      if (bad.places[pixel] === 0 || onBorder(bad, pixel)) continue
      numbers[next] = 1
      cells[reached++] = next
    }
  }
  let count = 0
  for (const cell of INNER_CELLS) {
    if (numbers[cell] === 0) continue
    cells[count] = cell
    numbers[cell] = ++count
  }
  return count
}

function fillMatrix(count: number, { numbers, cells, band }: HarmonicScratch): void {
  band.fill(0, 0, count * STRIDE)
  for (let k = 0; k < count; k++) {
    band[k * STRIDE] = 4
    if (numbers[cells[k] - 1] > 0) band[k * STRIDE + 1] = -1
    const above = numbers[cells[k] - SIDE]
    if (above > 0) band[k * STRIDE + k + 1 - above] = -1
  }
}

/** Cholesky factor of the band in place, then A g = e(target). */
function solveForTarget(count: number, { numbers, band, solution }: HarmonicScratch): void {
  for (let k = 0; k < count; k++) {
    const first = Math.max(0, k - BAND)
    for (let j = first; j <= k; j++) {
      let sum = band[k * STRIDE + k - j]
      for (let i = first; i < j; i++) sum -= band[k * STRIDE + k - i] * band[j * STRIDE + j - i]
      band[k * STRIDE + k - j] = k === j ? Math.sqrt(sum) : sum / band[j * STRIDE]
    }
  }
  const target = numbers[CENTER] - 1
  for (let k = 0; k < count; k++) {
    let sum = k === target ? 1 : 0
    for (let j = Math.max(target, k - BAND); j < k; j++) sum -= band[k * STRIDE + k - j] * solution[j]
    solution[k] = sum / band[k * STRIDE]
  }
  for (let k = count - 1; k >= 0; k--) {
    let sum = solution[k]
    const last = Math.min(count - 1, k + BAND)
    for (let j = k + 1; j <= last; j++) sum -= band[j * STRIDE + j - k] * solution[j]
    solution[k] = sum / band[k * STRIDE]
  }
}

function spreadWeights(
  bad: BadPixels,
  target: number,
  count: number,
  limit: number,
  taps: TapList,
  { numbers, cells, solution }: HarmonicScratch
): boolean {
  for (let k = 0; k < count; k++) {
    for (let direction = 0; direction < 4; direction++) {
      const next = cells[k] + CELL_STEPS[direction]
      if (numbers[next] > 0) continue
      const pixel = pixelAt(bad, target, next)
      if (bad.places[pixel] === 0) addTap(taps, pixel, solution[k])
      else if (!addLinearTaps(bad, bad.places[pixel] - 1, onBorder(bad, pixel) ? limit : Infinity, solution[k], taps)) return false
    }
  }
  return true
}
