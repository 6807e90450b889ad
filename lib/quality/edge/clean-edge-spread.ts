import { StackError } from '../../errors.js'
import { BINS_PER_PIXEL, edgeSpread } from './edge-spread.js'
import type { EdgeLines } from './edge-lines.js'
import type { EdgeSpread } from './edge-spread.js'
import type { EdgeLine } from './locate-edge.js'

/** An edge spread function without holes, with what is known of it. */
export interface CleanEdgeSpread extends EdgeSpread {
  /** Pixels on each side of the edge. */
  readonly halfWidth: number
  readonly interpolatedBins: number
  /** Mean of the outer quarters of both sides, DN. */
  readonly low: number
  readonly high: number
  /** Sd of a bin in the outer halves of both sides, from second differences, DN. */
  readonly noise: number
  /** Largest way back against the step, percent of the step. */
  readonly reversalPercent: number
  /** Where another step stands that ended the window, pixels; null: none. */
  readonly cutAt: number | null
}

/** Pixels on each side that are the least to see an edge and its levels. */
const LEAST = 8
/** Enough for every line to reach: below it, the window may reach over the border of the region in up to half of the lines. */
const COMFORTABLE = 16
/** Share of empty bins that may be filled. */
const RARE = 0.02

/**
 * Sample the edge spread function as far as the region reaches (at most `halfWidth` pixels) and no other step stands, and fill single
 * empty bins from their neighbours.
 * @throws {StackError} ERR_STACK when fewer than 8 pixels are left on a side, or bins are empty in more than rare single places
 */
export function cleanEdgeSpread(
  view: EdgeLines,
  edge: EdgeLine,
  cosine: number,
  halfWidth: number,
  isBad: (at: number) => boolean
): CleanEdgeSpread {
  const reach = Math.min(halfWidth, reachOf(view, edge, cosine))
  if (reach < LEAST) throw tooClose(reach)
  const whole = edgeSpread(view, edge, cosine, reach, isBad)
  const filled = fillHoles(whole)
  const cutAt = otherStep(filled, edge.step)
  if (cutAt === null) return describe(whole, filled, reach, edge.step, null)
  // Steps are looked for from 16 pixels outwards: 8 are left at least.
  const shorter = cutAt - LEAST
  const cut = edgeSpread(view, edge, cosine, shorter, isBad)
  return describe(cut, fillHoles(cut), shorter, edge.step, cutAt)
}

function tooClose(reach: number): StackError {
  return new StackError({
    subject: 'edge',
    expected: `at least ${LEAST} pixels on both sides`,
    received: `${Math.max(0, reach)} to the border of the region`,
    frames: [0]
  })
}

// Pixels on both sides that every line has, or where those are few, that half of the lines have.
function reachOf({ positions }: EdgeLines, { intercept, slope, first, end }: EdgeLine, cosine: number): number {
  const room = (line: number): number => Math.min(intercept + slope * line, positions - 1 - intercept - slope * line)
  const all = Math.floor(Math.min(room(first), room(end - 1)) * cosine)
  return all >= COMFORTABLE ? all : Math.min(COMFORTABLE, Math.floor(room((first + end - 1) / 2) * cosine))
}

function fillHoles({ value, count }: EdgeSpread): Float64Array {
  const filled = value.slice()
  let holes = 0
  for (let bin = 0; bin < value.length; bin++) {
    if (count[bin] > 0) continue
    holes++
    const before = value[bin === 0 ? bin + 1 : bin - 1]
    const after = value[bin === value.length - 1 ? bin - 1 : bin + 1]
    filled[bin] = (before + after) / 2
  }
  if (holes > RARE * value.length || filled.some((mean) => mean !== mean)) {
    throw new StackError({
      subject: 'edge spread function',
      expected: `pixels in every bin of 1/${BINS_PER_PIXEL} pixel, but for rare single ones`,
      received: `${holes} empty of ${value.length}`,
      frames: [0]
    })
  }
  return filled
}

const STEP_REACH = 4 * BINS_PER_PIXEL

// Steps of the mean over 4 pixels, looked for from 16 pixels outwards. A tail of the edge itself falls off outwards: it is no other step.
function otherStep(value: Float64Array, step: number): number | null {
  const half = value.length / 2
  const noise = 6 * binNoise(value) * Math.sqrt(2 / STEP_REACH)
  const least = Math.max(0.05 * Math.abs(step), noise)
  const running = new Float64Array(value.length + 1)
  for (let bin = 0; bin < value.length; bin++) running[bin + 1] = running[bin] + value[bin]
  const size = (bin: number): number => {
    const before = running[bin] - running[bin - STEP_REACH]
    return Math.abs(running[bin + STEP_REACH] - running[bin] - before) / STEP_REACH
  }
  for (let away = 4 * STEP_REACH; away <= half - STEP_REACH; away++) {
    for (const side of [-1, 1]) {
      const bin = half + side * away
      if (size(bin) > least && size(bin) > 2 * size(bin - side * 2 * STEP_REACH)) return Math.floor(away / BINS_PER_PIXEL)
    }
  }
  return null
}

// Both sides have their own noise; what counts is the mean of the variances.
function binNoise(value: Float64Array): number {
  const quarter = value.length / 4
  return Math.sqrt((curvature(value, 0, quarter) + curvature(value, 3 * quarter, value.length)) / 2)
}

// Second differences of white noise have 6 times its variance; slow shading has none.
function curvature(value: Float64Array, from: number, to: number): number {
  let squares = 0
  for (let bin = from + 1; bin < to - 1; bin++) squares += (value[bin - 1] - 2 * value[bin] + value[bin + 1]) ** 2
  return squares / 6 / (to - from - 2)
}

function describe(spread: EdgeSpread, value: Float64Array, halfWidth: number, step: number, cutAt: number | null): CleanEdgeSpread {
  const eighth = value.length / 8
  const levels = [meanOf(value, 0, eighth), meanOf(value, value.length - eighth, value.length)]
  const low = Math.min(...levels)
  const high = Math.max(...levels)
  return {
    ...spread,
    value,
    halfWidth,
    interpolatedBins: spread.count.reduce((empty, n) => (n === 0 ? empty + 1 : empty), 0),
    low,
    high,
    noise: binNoise(value),
    reversalPercent: (100 * reversalOf(value, Math.sign(step))) / (high - low),
    cutAt
  }
}

function meanOf(value: Float64Array, from: number, to: number): number {
  return value.subarray(from, to).reduce((sum, one) => sum + one, 0) / (to - from)
}

function reversalOf(value: Float64Array, sign: number): number {
  let highest = -Infinity
  let reversal = 0
  for (const one of value) {
    highest = Math.max(highest, sign * one)
    reversal = Math.max(reversal, highest - sign * one)
  }
  return reversal
}
