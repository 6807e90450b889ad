import { z } from 'zod'
import { defectClassSchema } from './defect-entry-schema.js'
import { namedLineSchema } from './named-line-schema.js'
import { regionSchema } from './region-schema.js'
import type { ChangedCluster, DefectFate, DefectMapChanges } from '../../quality/defects/compare-defects.js'
import type { DefectGrowthRule } from '../../quality/defects/judge-defect-growth.js'

const count = z.int().min(0)

/** Schema of how many defects came, went and stayed. */
export const defectFateSchema = z.object({ added: count, healed: count, persisting: count }) satisfies z.ZodType<DefectFate>

const side = z.object({ date: z.string().nullable(), badPixels: count, notCompared: count.describe('outside the common part') })

const cluster = z.object({
  name: z.string(),
  region: regionSchema,
  pixels: count,
  oldPixels: count.describe('of these, bad before')
}) satisfies z.ZodType<ChangedCluster>

const rule = z.object({
  name: z.enum(['newPixels', 'newKernelPixels', 'newLines', 'growthPercentPerYear']),
  figure: z.number().nullable(),
  limit: z.number(),
  unit: z.string(),
  action: z.enum(['recalibrate', 'inspect']).describe('what it calls for when exceeded'),
  exceeded: z.boolean().nullable().describe('null: the figure is not known')
}) satisfies z.ZodType<DefectGrowthRule>

const fields = {
  common: regionSchema.describe('in coordinates of the earlier map; all other places count from its first pixel'),
  pixels: count.describe('of the common part'),
  before: side,
  after: side,
  defects: defectFateSchema,
  classes: z.partialRecord(defectClassSchema, defectFateSchema),
  newKernelPixels: count,
  newClusters: z.array(cluster),
  grownClusters: z.array(cluster),
  newLines: z.array(namedLineSchema),
  lines: z.object({ before: count, after: count }),
  growth: z
    .object({ days: z.number(), pixelsPerDay: z.number(), percentPerYear: z.number().nullable() })
    .nullable()
    .describe('null: a date is not known, or both are the same'),
  recommendation: z.object({ action: z.enum(['keep', 'recalibrate', 'inspect']), rules: z.array(rule) })
} satisfies { [field in keyof DefectMapChanges]: z.ZodType<DefectMapChanges[field]> }

/** The document of `flatpanel defects compare --json`. */
export const defectsCompareSchema = z.object({
  schema: z.literal('flatpanel.defects.compare/1'),
  beforeFile: z.string(),
  afterFile: z.string(),
  ...fields,
  failOnNew: count.nullable().describe('null: not asked for'),
  passed: z.boolean().nullable().describe('null: nothing was asked for')
})
