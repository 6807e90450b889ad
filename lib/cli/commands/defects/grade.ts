import { OptionError } from '../../../errors.js'
import { parseJson } from '../../../io/defects/parse-json.js'
import { readText } from '../../../io/defects/read-text.js'
import { gradeDefects } from '../../../quality/defects/grade-defects.js'
import type { Grade } from '../../../quality/defects/grade.js'
import { GRADES } from '../../../quality/defects/grades.js'
import { parseGrade } from '../../../quality/defects/parse-grade.js'
import { reportGrade } from '../../../report/report-grade.js'
import { EXIT } from '../../exit-code-of.js'
import type { Terminal } from '../../terminal.js'
import { mapOptions } from './map-options.js'
import type { MapOptions } from './map-options.js'
import { openMap } from './open-map.js'

/** Options of `flatpanel defects grade`, as the argument parser gives them. */
export interface GradeCommandOptions extends MapOptions {
  readonly file: string
  readonly grade: string
  readonly midline?: number
}

/** `flatpanel defects grade`: hold a map against an acceptance grade, line by line. */
export async function runGrade(options: GradeCommandOptions, terminal: Terminal): Promise<number> {
  const { file, midline = null } = options
  const grade = await readGrade(options.grade)
  const { defects } = await openMap(file, mapOptions(options), terminal)
  const check = gradeDefects(defects, grade, { midline })
  terminal.print(reportGrade(check, { file, source: grade.source ?? null }))
  terminal.document({ schema: 'flatpanel.defects.grade/1', file, source: grade.source ?? null, ...check })
  return check.passed ? EXIT.done : EXIT.limits
}

/** The name of a table that comes with flatpanel, or a file. */
async function readGrade(name: string): Promise<Grade> {
  if (Object.hasOwn(GRADES, name)) return GRADES[name as keyof typeof GRADES]
  if (!/[./\\]/.test(name)) {
    throw new OptionError({
      subject: 'option "--grade"',
      expected: `a JSON file, or one of ${Object.keys(GRADES).join(', ')}`,
      received: name
    })
  }
  return parseGrade(parseJson(name, await readText(name)))
}
