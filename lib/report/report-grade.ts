import { formatNumber } from './format-number.js'
import type { Block } from './blocks/block.js'
import type { GradeCheck, GradeRow } from '../quality/defects/grade-check.js'

/**
 * Report how a defect map stands against a grade: the verdict, then one row per line of the table.
 * @param names of the map, and where the table comes from
 */
export function reportGrade(check: GradeCheck, names: { readonly file: string; readonly source: string | null }): Block[] {
  const { grade, passed, missed, rows, rimBadPixels } = check
  const verdict = passed ? `PASSED: ${rows.length} limits met` : `FAILED: ${missed} of ${rows.length} limits missed`
  return [
    { kind: 'verdict', outcome: passed ? 'good' : 'bad', text: `${verdict}, ${names.file}, grade ${grade}` },
    ...(names.source === null ? [] : [{ kind: 'note', text: `after: ${names.source}` } as const]),
    {
      kind: 'table',
      columns: ['verdict', 'zone', 'figure', 'limit', 'what'],
      rows: rows.map(rowOf),
      align: ['left', 'left', 'right', 'right', 'left']
    },
    ...(rimBadPixels === 0 ? [] : [{ kind: 'note', text: `not judged: ${rimBadPixels} bad pixels in the rim` } as const])
  ]
}

function rowOf({ verdict, zone, value, unit, max, meaning, reason, where }: GradeRow): string[] {
  const place = where === null || verdict === 'pass' ? '' : `, the worst at row ${where.row}, column ${where.col}`
  const why = reason === null ? '' : `: ${reason}`
  const figure = value === null ? 'unknown' : formatNumber(value)
  return [
    verdict === 'pass' ? 'pass' : verdict.toUpperCase(),
    zone,
    figure,
    `<= ${max}${unit === '%' ? ' %' : ''}`,
    `${meaning}${place}${why}`
  ]
}
