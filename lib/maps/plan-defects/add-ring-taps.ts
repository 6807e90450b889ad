import { addTap } from './tap-list.js'
import { COL_STEPS, NOWHERE, ROW_STEPS } from './locate-bad-pixels.js'
import type { BadPixels } from './locate-bad-pixels.js'
import type { TapList } from './tap-list.js'

/** Beyond this depth a ring would take more sources than a fill for display is worth. */
const WIDEST_RING = 8

/**
 * Fill with the mean of the good pixels on the nearest square ring that has any. Beyond 8 px only the nearest of the
 * good pixels in the eight directions are taken, where there are any.
 * @returns false, with nothing added, for a pixel that is shut in by pixels that are not exposed
 */
export function addRingTaps(bad: BadPixels, place: number, taps: TapList): boolean {
  const depth = bad.depth[place]
  if (depth > WIDEST_RING && addNearestDirections(bad, place, taps)) return true
  if (depth === NOWHERE) return false
  addRing(bad, place, depth, taps)
  // Where the way to a good pixel leads around what is not exposed, it is longer than the distance.
  for (let nearer = 1; taps.weightOf.size === 0 && nearer < Math.min(depth, WIDEST_RING); nearer++) addRing(bad, place, nearer, taps)
  return taps.weightOf.size > 0
}

function addRing(bad: BadPixels, place: number, depth: number, taps: TapList): void {
  const row = Math.floor(bad.pixels[place] / bad.cols)
  const col = bad.pixels[place] - row * bad.cols
  for (let step = -depth; step <= depth; step++) {
    addIfGood(bad, row - depth, col + step, taps)
    addIfGood(bad, row + depth, col + step, taps)
    if (step > -depth && step < depth) {
      addIfGood(bad, row + step, col - depth, taps)
      addIfGood(bad, row + step, col + depth, taps)
    }
  }
}

function addIfGood({ rows, cols, places }: BadPixels, row: number, col: number, taps: TapList): void {
  if (row < 0 || col < 0 || row >= rows || col >= cols) return
  if (places[row * cols + col] === 0) addTap(taps, row * cols + col, 1)
}

function addNearestDirections(bad: BadPixels, place: number, taps: TapList): boolean {
  let nearest = Infinity
  for (let direction = 0; direction < 8; direction++) {
    const steps = bad.reach[8 * place + direction]
    if (steps > 0 && steps < nearest) nearest = steps
  }
  if (nearest === Infinity) return false
  for (let direction = 0; direction < 8; direction++) {
    if (bad.reach[8 * place + direction] !== nearest) continue
    addTap(taps, bad.pixels[place] + nearest * (ROW_STEPS[direction] * bad.cols + COL_STEPS[direction]), 1)
  }
  return true
}
