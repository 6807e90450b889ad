import { z } from 'zod'
import { METRIC_NAMES } from './metrics.js'
import type { MetricName } from './metrics.js'

const LIMIT = z.strictObject({
  min: z.number().optional().describe('smallest value that passes'),
  max: z.number().optional().describe('largest value that passes'),
  maxChange: z
    .number()
    .min(0)
    .optional()
    .describe('largest distance from the baseline, either way, in the unit of the metric; over all flats'),
  maxChangePercent: z.number().min(0).optional().describe('the same in percent of the baseline'),
  note: z.string().optional().describe('where the limit comes from')
})

/**
 * Schema of a limits file. The names of the metrics are those of `METRICS`, so that a metric that joins there may be limited at once.
 * Published as `flatpanel/limits.schema.json` (JSON Schema, draft 2020-12).
 */
export const limitsSchema = z.strictObject({
  $schema: z.string().optional().describe('for editors'),
  schema: z.literal('flatpanel.limits/1'),
  baseline: z.string().min(1).optional().describe('document of an earlier flatpanel verify --json, relative to this file'),
  limits: z.partialRecord(z.enum(METRIC_NAMES as unknown as [MetricName, ...MetricName[]]), LIMIT)
})
