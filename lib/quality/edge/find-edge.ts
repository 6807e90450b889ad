import { assertEdgeOrientation } from './assert-edge-orientation.js'
import { selectPixels } from '../select-pixels.js'
import { traceEdge } from './trace-edge.js'
import type { Region } from '../../frame/region.js'
import type { DefectMap } from '../../maps/maps.js'
import type { EdgeOrientation } from './edge-lines.js'
import type { MeasurableFrame } from '../measurable-frame.js'
import type { TracedEdge } from './trace-edge.js'

export interface FindEdgeOptions {
  /** Where to look. @default the whole frame */
  readonly region?: Region
  /** `vertical`: near the direction of the columns; `horizontal`: near that of the rows. @default the one with the stronger edge */
  readonly orientation?: EdgeOrientation | 'auto'
}

export interface FoundEdge {
  readonly orientation: EdgeOrientation
  /** Angle in pixels from the columns (vertical) or rows (horizontal); positive: the edge moves to higher columns (rows) going on. */
  readonly angleDegrees: number
  /** `rising`: the signal grows with the column (vertical) or row (horizontal). */
  readonly polarity: 'rising' | 'falling'
  /** Level after the edge less level before it, about. */
  readonly stepDn: number
  /** First and last line (row of a vertical edge, column of a horizontal one) of the edge, and where it stands there; frame indices. */
  readonly start: { readonly row: number; readonly col: number }
  readonly end: { readonly row: number; readonly col: number }
  /** Lines whose centroid took part in the fit of the straight line. */
  readonly fittedLines: number
  /** Robust sd of the centroids about the line. */
  readonly residualPixels: number
}

/**
 * Find the strongest straight edge of a frame, by itself: steps of blocks of lines vote for a line, then the centroids of the line
 * spread functions of all its lines are fitted robustly. Bad pixels never count. Any angle up to 45 degrees is found.
 * @param frame linear in exposure, DN
 * @param defects null: no map, every pixel counts
 * @throws {StackError} ERR_STACK when no edge stands out
 * @throws {ShapeError} ERR_SHAPE when frame and defect map differ in shape
 * @throws {OptionError} ERR_OPTION when the region is not inside the frame, or the orientation is none
 */
export function findEdge(frame: MeasurableFrame, defects: DefectMap | null, options: FindEdgeOptions = {}): FoundEdge {
  const { region, orientation = 'auto' } = options
  assertEdgeOrientation(orientation)
  const selection = selectPixels('frame', frame, defects, region)
  const traced = traceEdge(selection, orientation)
  const { line } = traced
  return {
    orientation: traced.orientation,
    angleDegrees: (Math.atan(line.slope) * 180) / Math.PI,
    polarity: line.step > 0 ? 'rising' : 'falling',
    stepDn: line.step,
    start: pointAt(traced, line.first, selection.region),
    end: pointAt(traced, line.end - 1, selection.region),
    fittedLines: traced.fittedLines,
    residualPixels: traced.residualPixels
  }
}

function pointAt({ orientation, line: { intercept, slope } }: TracedEdge, line: number, { row, col }: Region) {
  const position = intercept + slope * line
  return orientation === 'vertical' ? { row: row + line, col: col + position } : { row: row + position, col: col + line }
}
