import { StackError } from '../../errors.js'
import { edgeLines } from './edge-lines.js'
import { fitEdge } from './fit-edge.js'
import { locateEdge } from './locate-edge.js'
import type { EdgeLines, EdgeOrientation } from './edge-lines.js'
import type { EdgeLine } from './locate-edge.js'
import type { PixelSelection } from '../select-pixels.js'

/** An edge that was found and fitted, with the lines that it crosses. */
export interface TracedEdge {
  readonly orientation: EdgeOrientation
  readonly view: EdgeLines
  readonly line: EdgeLine
  /** Lines whose centroid took part in the fit, and the robust sd of the centroids about it, pixels. */
  readonly fittedLines: number
  readonly residualPixels: number
}

/** Lines next to an end of the edge inside the region that are not used: a corner is round, and its sides stand aslant. */
const CORNER = 16

/**
 * Find and fit the strongest straight edge of a selection: of the two orientations the one with the larger product of length and step.
 * @throws {StackError} ERR_STACK when no edge stands out
 */
export function traceEdge(selection: PixelSelection, orientation: EdgeOrientation | 'auto'): TracedEdge {
  const orientations: readonly EdgeOrientation[] = orientation === 'auto' ? ['vertical', 'horizontal'] : [orientation]
  let best: { orientation: EdgeOrientation; view: EdgeLines; line: EdgeLine } | null = null
  for (const candidate of orientations) {
    const view = edgeLines(selection, candidate)
    const line = locateEdge(view)
    if (line !== null && (best === null || weightOf(line) > weightOf(best.line))) best = { orientation: candidate, view, line }
  }
  if (best === null) throw noEdge(orientation, 'no step that stands out')
  const fitted = fitEdge(best.view, awayFromCorners(best.line, best.view.lines))
  if (fitted === null) throw noEdge(orientation, `fewer than 8 lines with good pixels about a ${best.orientation} edge`)
  return { orientation: best.orientation, view: best.view, line: fitted.line, fittedLines: fitted.lines, residualPixels: fitted.residual }
}

function weightOf({ first, end, step }: EdgeLine): number {
  return (end - first) * Math.abs(step)
}

function awayFromCorners(line: EdgeLine, lines: number): EdgeLine {
  const first = line.first > 0 ? line.first + CORNER : 0
  const end = line.end < lines ? line.end - CORNER : lines
  return end - first >= CORNER ? { ...line, first, end } : line
}

function noEdge(orientation: EdgeOrientation | 'auto', received: string): StackError {
  const which = orientation === 'auto' ? '' : `${orientation} `
  return new StackError({ subject: 'frame', expected: `a straight ${which}edge between two levels`, received, frames: [0] })
}
