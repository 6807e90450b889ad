import { formatNumber } from './format-number.js'
import { formatTable } from './format-table.js'
import type { GradeCheck, GradeRow } from '../quality/defects/grade-check.js'

/**
 * Write how a defect map stands against a grade as plain text: the verdict, then one row per line of the table.
 * @param names of the map, and where the table comes from
 */
export function reportGrade(check: GradeCheck, names: { readonly file: string; readonly source: string | null }): string {
  const { grade, passed, missed, rows, rimBadPixels } = check
  const verdict = passed ? `PASSED: ${rows.length} limits met` : `FAILED: ${missed} of ${rows.length} limits missed`
  return [
    `${verdict}, ${names.file}, grade ${grade}`,
    ...(names.source === null ? [] : [`after: ${names.source}`]),
    '',
    formatTable([['verdict', 'zone', 'figure', 'limit', 'what'], ...rows.map(rowOf)], {
      align: ['left', 'left', 'right', 'right', 'left']
    }),
    ...(rimBadPixels === 0 ? [] : [`  not judged: ${rimBadPixels} bad pixels in the rim`])
  ].join('\n')
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
