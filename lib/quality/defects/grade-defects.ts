import { isDefect } from '../../maps/is-defect.js'
import { nameDefects } from '../../maps/name-defects.js'
import { zonePlaces } from '../../maps/zone-places.js'
import { gradeFigure } from './grade-figure.js'
import { parseGrade } from './parse-grade.js'
import type { DefectMap } from '../../maps/maps.js'
import type { GradeSubject } from './grade-figure.js'
import type { GradeCheck, GradeRow } from './grade-check.js'
import type { Grade, GradeLimit } from './grade.js'

/** Options of {@link gradeDefects}. */
export interface GradeDefectsOptions {
  /**
   * First row of the lower read-out half: no line crosses it, so that a column that is dead in both is two lines.
   * @default null, no halves
   */
  readonly midline?: number | null
}

/**
 * Hold a defect map against a grade: one row per line of the table, with figure, limit and verdict.
 *
 * Bad pixels of the rim are counted and otherwise taken for good, before clusters and lines are formed. What touches the central
 * zone belongs to it; the general zone is everything inside the rim, the central zone included. A figure at its limit
 * passes. A limit of a central zone that does not fit into the panel cannot be known, and so is missed.
 * @param defects a pixel counts as bad when any of BAD_PIXEL_BITS is set
 * @param grade as `parseGrade` gives it, or written by hand
 * @throws {ShapeError} ERR_SHAPE
 * @throws {OptionError} ERR_OPTION when the grade is not of its schema, or its rim leaves nothing of the panel
 * @see Perkin Elmer, XRD 1621 "underperforming pixel" specification, V2, for the figures
 */
export function gradeDefects(defects: DefectMap, grade: Grade, options: GradeDefectsOptions = {}): GradeCheck {
  const { zones, outside = 'bad', limits, name } = parseGrade(grade)
  const { rimPixels, centre } = zones
  const [rows, cols] = defects.shape
  const fits = centre !== undefined && centre[0] <= rows - 2 * rimPixels && centre[1] <= cols - 2 * rimPixels
  const placed = { rimPixels, centre: fits ? centre : null }
  const inside = withoutRim(defects, rimPixels)
  const named = nameDefects(inside, { ...options, ...placed, outside })
  const subject: GradeSubject = { defects: inside, named, places: zonePlaces(defects.shape, placed) }
  const missing = centre === undefined || fits ? null : `a central zone of ${centre.join(' x ')} px does not fit inside the rim`
  const rowsOfTable = limits.map((limit) => judge(subject, limit, limit.zone === 'centre' ? missing : null))
  const missed = rowsOfTable.filter(({ verdict }) => verdict !== 'pass').length
  const rimBadPixels = countBad(defects) - named.counts.panel.badPixels
  return { grade: name, passed: missed === 0, missed, rows: rowsOfTable, rimBadPixels }
}

function judge(subject: GradeSubject, limit: GradeLimit, missing: string | null): GradeRow {
  const { zone, max } = limit
  const { value, unit, meaning, where } = gradeFigure(subject, limit)
  if (missing !== null) return { limit, meaning, zone, value: null, unit, max, verdict: 'unknown', reason: missing, where: null }
  return { limit, meaning, zone, value, unit, max, verdict: value <= max ? 'pass' : 'fail', reason: null, where }
}

function withoutRim({ data, shape }: DefectMap, rim: number): DefectMap {
  const [rows, cols] = shape
  if (rim === 0) return { data, shape }
  const kept = new Uint32Array(data.length)
  for (let row = rim; row < rows - rim; row++) {
    kept.set(data.subarray(row * cols + rim, (row + 1) * cols - rim), row * cols + rim)
  }
  return { data: kept, shape }
}

function countBad({ data }: DefectMap): number {
  let count = 0
  for (let i = 0; i < data.length; i++) if (isDefect(data[i])) count++
  return count
}
