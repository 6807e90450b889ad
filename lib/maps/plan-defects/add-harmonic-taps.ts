import { addLinearTaps } from './add-linear-taps.js'
import { addTap } from './tap-list.js'
import { COL_STEPS, ROW_STEPS } from './locate-bad-pixels.js'
import type { BadPixels } from './locate-bad-pixels.js'
import type { TapList } from './tap-list.js'

/** The equations are solved for the bad pixels of a window of this radius around the target. */
const RADIUS = 3
const SIDE = 2 * RADIUS + 1

/** Working memory of {@link addHarmonicTaps}, for target after target. */
export interface HarmonicScratch {
  /** Per pixel of the window: 1 + number of its unknown, or 0. */
  readonly numbers: Int32Array
  /** Places of the unknowns among the bad pixels, the target first. */
  readonly unknowns: Int32Array
  readonly matrix: Float64Array
  readonly solution: Float64Array
}

/** Allocate the working memory once. */
export function createHarmonicScratch(): HarmonicScratch {
  const most = SIDE * SIDE
  return {
    numbers: new Int32Array(most),
    unknowns: new Int32Array(most),
    matrix: new Float64Array(most * most),
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
  if (onBorder(bad, bad.pixels[place])) return false
  const count = gatherUnknowns(bad, place, scratch)
  fillMatrix(bad, place, count, scratch)
  solveForTarget(count, scratch)
  return spreadWeights(bad, place, count, limit, taps, scratch)
}

function onBorder({ rows, cols }: BadPixels, pixel: number): boolean {
  const col = pixel % cols
  return col === 0 || col === cols - 1 || pixel < cols || pixel >= (rows - 1) * cols
}

/** Number of the pixel `direction` steps from `pixel` in the window around `center`; -1 when outside. */
function windowIndex(cols: number, center: number, pixel: number): number {
  const row = Math.floor(pixel / cols) - Math.floor(center / cols) + RADIUS
  const col = (pixel % cols) - (center % cols) + RADIUS
  return row < 0 || col < 0 || row >= SIDE || col >= SIDE ? -1 : row * SIDE + col
}

function gatherUnknowns(bad: BadPixels, place: number, { numbers, unknowns }: HarmonicScratch): number {
  const center = bad.pixels[place]
  numbers.fill(0)
  unknowns[0] = place
  numbers[windowIndex(bad.cols, center, center)] = 1
  let count = 1
  for (let done = 0; done < count; done++) {
    for (let direction = 0; direction < 4; direction++) {
      const next = neighbour(bad, unknowns[done], direction)
      if (bad.places[next] === 0 || onBorder(bad, next)) continue
      const index = windowIndex(bad.cols, center, next)
      if (index < 0 || numbers[index] > 0) continue
      unknowns[count] = bad.places[next] - 1
      numbers[index] = ++count
    }
  }
  return count
}

/** An unknown never stands on the border, so all its neighbours exist. */
function neighbour({ cols, pixels }: BadPixels, place: number, direction: number): number {
  return pixels[place] + ROW_STEPS[direction] * cols + COL_STEPS[direction]
}

/** Number of the unknown at `pixel`, or -1 when that pixel is a given one. */
function unknownAt(bad: BadPixels, center: number, pixel: number, numbers: Int32Array): number {
  const index = windowIndex(bad.cols, center, pixel)
  return index < 0 ? -1 : numbers[index] - 1
}

function fillMatrix(bad: BadPixels, place: number, count: number, { numbers, unknowns, matrix }: HarmonicScratch): void {
  const center = bad.pixels[place]
  for (let k = 0; k < count; k++) {
    for (let j = 0; j < k; j++) matrix[k * count + j] = 0
    matrix[k * count + k] = 4
    for (let direction = 0; direction < 4; direction++) {
      const j = unknownAt(bad, center, neighbour(bad, unknowns[k], direction), numbers)
      if (j >= 0 && j < k) matrix[k * count + j] = -1
    }
  }
}

/** Cholesky factor of the lower triangle in place (at most 49 unknowns), then A g = e(0). */
function solveForTarget(count: number, { matrix, solution }: HarmonicScratch): void {
  for (let k = 0; k < count; k++) {
    for (let j = 0; j <= k; j++) {
      let sum = matrix[k * count + j]
      for (let i = 0; i < j; i++) sum -= matrix[k * count + i] * matrix[j * count + i]
      matrix[k * count + j] = k === j ? Math.sqrt(sum) : sum / matrix[j * count + j]
    }
  }
  for (let k = 0; k < count; k++) {
    let sum = k === 0 ? 1 : 0
    for (let j = 0; j < k; j++) sum -= matrix[k * count + j] * solution[j]
    solution[k] = sum / matrix[k * count + k]
  }
  for (let k = count - 1; k >= 0; k--) {
    let sum = solution[k]
    for (let j = k + 1; j < count; j++) sum -= matrix[j * count + k] * solution[j]
    solution[k] = sum / matrix[k * count + k]
  }
}

function spreadWeights(
  bad: BadPixels,
  place: number,
  count: number,
  limit: number,
  taps: TapList,
  { numbers, unknowns, solution }: HarmonicScratch
): boolean {
  const center = bad.pixels[place]
  for (let k = 0; k < count; k++) {
    for (let direction = 0; direction < 4; direction++) {
      const next = neighbour(bad, unknowns[k], direction)
      if (unknownAt(bad, center, next, numbers) >= 0) continue
      if (bad.places[next] === 0) addTap(taps, next, solution[k])
      else if (!addLinearTaps(bad, bad.places[next] - 1, onBorder(bad, next) ? limit : Infinity, solution[k], taps)) return false
    }
  }
  return true
}
