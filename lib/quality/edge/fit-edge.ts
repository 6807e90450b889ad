import { medianOf } from '../../kernels/median/median-of.js'
import type { EdgeLine } from './locate-edge.js'
import type { EdgeLines } from './edge-lines.js'

/** A fitted edge, and how well it fits. */
export interface FittedEdge {
  readonly line: EdgeLine
  /** Lines whose centroid took part. */
  readonly lines: number
  /** Robust sd of the centroids about the line, positions. */
  readonly residual: number
}

const REACH = 12
/** Within this distance a line needs all its pixels; farther out the signal is level, and a bad pixel adds nothing. */
const CORE = 3
const ROUNDS = 24
/** Moves of the ends below this, in positions, are none. */
const STILL = 1e-5

/**
 * Fit a straight line through the centroids of the line spread function of every line: central differences under a Hann window of
 * +-12 positions about the line of the round before, bisquare weights, until the line stays. Lines with a bad pixel within 3 positions of
 * the edge are left out here.
 * @returns null when fewer than 8 lines have a centroid
 * @see ISO 12233:2017, annex D, edge-based spatial frequency response, for the centroids
 */
export function fitEdge(view: EdgeLines, found: EdgeLine): FittedEdge | null {
  const count = found.end - found.first
  const centroid = new Float64Array(count)
  const weight = new Float64Array(count)
  let line = found
  let fitted: FittedEdge | null = null
  for (let round = 0; round < ROUNDS; round++) {
    takeCentroids(view, line, centroid)
    fitted = fitRobustly(line, centroid, weight)
    if (fitted === null) return null
    const moved = Math.max(gap(fitted.line, line, line.first), gap(fitted.line, line, line.end - 1))
    line = fitted.line
    if (moved < STILL) break
  }
  return fitted
}

function gap(a: EdgeLine, b: EdgeLine, at: number): number {
  return Math.abs(a.intercept - b.intercept + (a.slope - b.slope) * at)
}

// NaN where the line has no centroid.
function takeCentroids(view: EdgeLines, { intercept, slope, first, end, step }: EdgeLine, out: Float64Array): void {
  for (let line = first; line < end; line++) out[line - first] = centroidAt(view, line, intercept + slope * line, step)
}

function centroidAt(view: EdgeLines, line: number, middle: number, step: number): number {
  const { data, good, positions, offset, lineStride, step: stride } = view
  // Close to a border the window shrinks, and stays symmetric.
  const reach = Math.min(REACH, middle, positions - 1 - middle)
  if (reach < 2) return NaN
  const base = offset + line * lineStride
  const from = Math.ceil(middle - reach)
  const to = Math.floor(middle + reach)
  let sum = 0
  let moment = 0
  for (let position = Math.max(1, from); position <= Math.min(positions - 2, to); position++) {
    const at = base + position * stride
    const distance = position - middle
    if (good[at - stride] === 0 || good[at + stride] === 0) {
      if (Math.abs(distance) <= CORE) return NaN
      continue
    }
    const spread = (data[at + stride] - data[at - stride]) * (0.5 + 0.5 * Math.cos((Math.PI * distance) / reach))
    sum += spread
    moment += spread * distance
  }
  // Twice the step stands under the window: central differences are not halved here.
  return sum * step > 0.5 * step * step ? middle + moment / sum : NaN
}

function fitRobustly(before: EdgeLine, centroid: Float64Array, weight: Float64Array): FittedEdge | null {
  let lines = 0
  for (let i = 0; i < centroid.length; i++) {
    weight[i] = centroid[i] === centroid[i] ? 1 : 0
    lines += weight[i]
  }
  if (lines < 8) return null
  const scratch = new Float32Array(lines)
  let line = before
  let residual = 0
  for (let round = 0; round < 6; round++) {
    line = fitWeighted(before, centroid, weight)
    let n = 0
    for (let i = 0; i < centroid.length; i++) {
      if (centroid[i] === centroid[i]) scratch[n++] = Math.abs(centroid[i] - line.intercept - line.slope * (before.first + i))
    }
    residual = 1.4826 * medianOf(scratch, n)
    // Pixels do not sample a centroid better than this: without noise the weights stay 1.
    const limit = 4.685 * Math.max(residual, 0.05)
    for (let i = 0; i < centroid.length; i++) {
      if (centroid[i] !== centroid[i]) continue
      const away = (centroid[i] - line.intercept - line.slope * (before.first + i)) / limit
      weight[i] = Math.abs(away) < 1 ? (1 - away * away) ** 2 : 0
    }
  }
  return { line, lines, residual }
}

function fitWeighted(before: EdgeLine, centroid: Float64Array, weight: Float64Array): EdgeLine {
  const middle = (before.first + before.end - 1) / 2
  let s0 = 0,
    s1 = 0,
    s2 = 0,
    t0 = 0,
    t1 = 0
  for (let i = 0; i < centroid.length; i++) {
    const w = weight[i]
    if (w === 0) continue
    const at = before.first + i - middle
    s0 += w
    s1 += w * at
    s2 += w * at * at
    t0 += w * centroid[i]
    t1 += w * at * centroid[i]
  }
  const slope = (s0 * t1 - s1 * t0) / (s0 * s2 - s1 * s1)
  return { ...before, slope, intercept: (t0 - slope * s1) / s0 - slope * middle }
}
