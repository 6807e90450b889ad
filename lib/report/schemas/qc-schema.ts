import { z } from 'zod'
import { unknownsSchema } from './unknowns-schema.js'

const number = z.number().nullable()
const count = z.int().min(0)
const alarm = z.enum(['EWMA', 'CUSUM', 'EWMA and CUSUM']).nullable()

const point = z.object({
  time: z.iso.datetime(),
  value: number,
  baseline: z.boolean().describe('the value is one of the baseline'),
  ewma: number.describe('in the unit of the metric'),
  cusumHigh: number.describe('in standard deviations of the baseline'),
  cusumLow: number,
  alarm: alarm.describe('charts beyond their limit at this run')
})

const chart = z.object({
  metric: z.string(),
  unit: z.string(),
  mean: number.describe('of the baseline'),
  sd: number,
  ewmaLower: number,
  ewmaUpper: number,
  baselineCount: count,
  judgedCount: count,
  missingCount: count.describe('runs without the figure'),
  inControl: z.boolean().nullable().describe('no alarm at any run judged; null: none was judged'),
  alarm: alarm.describe('at the last run judged'),
  points: z.array(point).describe('all runs, oldest first'),
  unknown: unknownsSchema
})

/** The document of `flatpanel qc --json`. */
export const qcSchema = z.object({
  schema: z.literal('flatpanel.qc/1'),
  log: z.string(),
  serialNumber: z.string().nullable(),
  runs: count,
  first: z.iso.datetime(),
  last: z.iso.datetime(),
  tornLines: z.array(count).describe('numbers of lines that a killed run left, from 1; left out'),
  alarm: z.boolean().describe('true: the command ends with exit code 4'),
  charts: z.array(chart),
  warnings: z.array(z.string())
})
