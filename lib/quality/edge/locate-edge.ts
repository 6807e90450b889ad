import { stepResponses } from './step-responses.js'
import type { EdgeLines } from './edge-lines.js'
import type { StepResponses } from './step-responses.js'

/** A straight edge through lines: where line `line` crosses it, and over which lines it is there. */
export interface EdgeLine {
  /** Position at line 0 (extrapolated); the centre of a pixel is a whole number. */
  readonly intercept: number
  /** Positions per line. */
  readonly slope: number
  /** First line, and the line after the last. */
  readonly first: number
  readonly end: number
  /** Level after the edge less level before it, DN. */
  readonly step: number
}

/** Steepest line that still belongs to an orientation: 50 degrees. */
const STEEPEST = 1.2
const CANDIDATES = 96
/** A position this close to a line supports it. */
const NEAR = 2
/** Blocks in which an edge may be missing (defects) without ending it. */
const GAP = 2
/** How far an edge must stand out from what is beside it. Noise alone reaches about 4 times its median size somewhere in a line. */
const CONTRAST = 6

/**
 * Locate the strongest straight edge that crosses lines: the steepest steps of blocks of lines vote for a straight line, pair by pair;
 * then every block is asked whether the step stands where the line says, and the longest run of such blocks is the edge.
 * @returns null where no step stands out
 */
export function locateEdge(view: EdgeLines): EdgeLine | null {
  const steps = stepResponses(view)
  if (steps.blocks < 2 || steps.positions < 8) return null
  const line = voteForLine(steps)
  return line === null ? null : longestRun(steps, line, view.lines)
}

interface Vote {
  readonly intercept: number
  readonly slope: number
  readonly sign: number
}

// Blocks are counted here; the result is in blocks and positions.
function voteForLine({ blocks, positions, response, peak }: StepResponses): Vote | null {
  const stride = Math.max(1, Math.ceil(blocks / CANDIDATES))
  const signs = peak.map((at, block) => Math.sign(response[block * positions + at]))
  let best: Vote | null = null
  let votes = 0
  for (let a = 0; a < blocks; a += stride) {
    for (let b = a + stride; b < blocks; b += stride) {
      const slope = (peak[b] - peak[a]) / (b - a)
      if (signs[a] === 0 || signs[a] !== signs[b]) continue
      const found = countNear(peak, signs, signs[a], peak[a] - slope * a, slope)
      if (found <= votes) continue
      votes = found
      best = { intercept: peak[a] - slope * a, slope, sign: signs[a] }
    }
  }
  return best
}

function countNear(peak: Int32Array, signs: Int32Array, sign: number, intercept: number, slope: number): number {
  let near = 0
  for (let block = 0; block < peak.length; block++) {
    if (signs[block] === sign && Math.abs(peak[block] - intercept - slope * block) <= NEAR) near++
  }
  return near
}

function longestRun(steps: StepResponses, { intercept, slope, sign }: Vote, lines: number): EdgeLine | null {
  const { blocks, blockLines, background } = steps
  if (Math.abs(slope) > STEEPEST * blockLines) return null
  const height = Float64Array.from({ length: blocks }, (_, block) => sign * responseNear(steps, block, intercept + slope * block, sign))
  const sorted = height.slice().sort()
  // Half of the upper quartile: blocks beyond the ends of a short edge must not set the level.
  const least = sorted[Math.floor(0.75 * (blocks - 1))] / 2
  const { first, last, mean } = longestOf(height, Math.max(least, Number.MIN_VALUE))
  if (last < first + 1 || !(mean > CONTRAST * background)) return null
  const whole = last === blocks - 1
  return {
    // Responses stand at boundaries between positions and at the middle of a block.
    intercept: intercept - 0.5 - (slope * (blockLines - 1)) / 2 / blockLines,
    slope: slope / blockLines,
    first: first * blockLines,
    end: whole ? lines : (last + 1) * blockLines,
    step: sign * mean
  }
}

function responseNear({ positions, response }: StepResponses, block: number, position: number, sign: number): number {
  const middle = Math.round(position)
  let best = 0
  for (let at = Math.max(0, middle - NEAR); at <= Math.min(positions - 1, middle + NEAR); at++) {
    const value = response[block * positions + at]
    if (value * sign > best * sign) best = value
  }
  return best
}

function longestOf(height: Float64Array, least: number) {
  let best = { first: 0, last: -1, mean: 0 }
  let first = -1
  let last = -1
  let sum = 0
  let n = 0
  for (let block = 0; block <= height.length; block++) {
    const there = block < height.length && height[block] >= least
    if (there) {
      if (first < 0) first = block
      last = block
      sum += height[block]
      n++
    } else if (first >= 0 && (block === height.length || block - last > GAP)) {
      if (last - first > best.last - best.first) best = { first, last, mean: sum / n }
      first = -1
      sum = 0
      n = 0
    }
  }
  return best
}
