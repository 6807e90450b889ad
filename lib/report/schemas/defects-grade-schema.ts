import { z } from 'zod'
import { gradeSchema } from '../../quality/defects/grade-schema.js'
import { regionSchema } from './region-schema.js'
import type { GradeCheck, GradeRow } from '../../quality/defects/grade-check.js'

const count = z.int().min(0)

const row = z.object({
  limit: gradeSchema.shape.limits.element.describe('the line as it stands in the grade'),
  meaning: z.string(),
  zone: z.enum(['general', 'centre']),
  value: z.number().nullable().describe('null: cannot be known'),
  unit: z.enum(['pixels', '%', '']),
  max: z.number(),
  verdict: z.enum(['pass', 'fail', 'unknown']),
  reason: z.string().nullable(),
  where: regionSchema.nullable().describe('the worst place, where the figure has one')
}) satisfies z.ZodType<GradeRow>

const fields = {
  grade: z.string(),
  passed: z.boolean(),
  missed: count.describe('rows that do not pass'),
  rows: z.array(row),
  rimBadPixels: count.describe('not judged')
} satisfies { [field in keyof GradeCheck]: z.ZodType<GradeCheck[field]> }

/** The document of `flatpanel defects grade --json`. */
export const defectsGradeSchema = z.object({
  schema: z.literal('flatpanel.defects.grade/1'),
  file: z.string(),
  source: z.string().nullable().describe('where the table comes from'),
  ...fields
})
