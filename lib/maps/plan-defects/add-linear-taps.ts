import { addTap } from './tap-list.js'
import { COL_STEPS, ROW_STEPS } from './locate-bad-pixels.js'
import type { BadPixels } from './locate-bad-pixels.js'
import type { TapList } from './tap-list.js'

/**
 * Interpolate linearly between the first good pixels on both sides, along row, column and both diagonals.
 * With good pixels a and b steps away the weights are b / (a + b) and a / (a + b): exact on every plane. The error that
 * curvature leaves grows as a * b * step²: the axis with the least is taken, or all that share it, in equal parts.
 * @param limit most steps to a good pixel, on both sides
 * @param factor weight that the taps get together
 * @returns false, with nothing added, when no axis has good pixels on both sides
 */
export function addLinearTaps(bad: BadPixels, place: number, limit: number, factor: number, taps: TapList): boolean {
  let least = Infinity
  let axes = 0
  for (let axis = 0; axis < 4; axis++) {
    const cost = costOf(bad, place, axis, limit)
    if (cost < least) axes = 0
    if (cost <= least) axes++
    least = Math.min(least, cost)
  }
  if (least === Infinity) return false
  for (let axis = 0; axis < 4; axis++) {
    if (costOf(bad, place, axis, limit) !== least) continue
    const first = bad.reach[8 * place + 2 * axis]
    const second = bad.reach[8 * place + 2 * axis + 1]
    const step = ROW_STEPS[2 * axis] * bad.cols + COL_STEPS[2 * axis]
    const share = factor / axes / (first + second)
    addTap(taps, bad.pixels[place] + first * step, share * second)
    addTap(taps, bad.pixels[place] - second * step, share * first)
  }
  return true
}

function costOf(bad: BadPixels, place: number, axis: number, limit: number): number {
  const first = bad.reach[8 * place + 2 * axis]
  const second = bad.reach[8 * place + 2 * axis + 1]
  if (first === 0 || second === 0 || first > limit || second > limit) return Infinity
  return first * second * (axis < 2 ? 1 : 2)
}
