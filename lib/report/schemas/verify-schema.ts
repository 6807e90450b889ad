import { z } from 'zod'
import { figureSchema } from '../../quality/figure-schema.js'

const number = z.number().nullable()
const text = z.string().nullable()
const count = z.int().min(0)

const newDefect = z.object({ row: count, col: count, valueDn: z.number(), deviationPercent: z.number(), limitPercent: z.number() })

const limitVerdict = z.object({
  metric: z.string(),
  where: z.string().describe('overall, or the name of a flat'),
  value: number,
  unit: z.string(),
  min: number,
  max: number,
  maxChange: number,
  maxChangePercent: number,
  baseline: number,
  change: number.describe('value - baseline'),
  changePercent: number,
  verdict: z.enum(['pass', 'fail', 'unknown']),
  reason: text.describe('why the verdict is unknown')
})

/** The document of `flatpanel verify --json`; also what serves as a baseline. */
export const verifySchema = z.object({
  schema: z.literal('flatpanel.verify/1'),
  calibration: z.object({
    serialNumber: text,
    created: text,
    shape: z.tuple([count, count]).describe('[rows, cols]'),
    darkFrames: count,
    flatFrames: count,
    badPixels: count
  }),
  flats: z.array(z.object({ index: count, name: text, sha256: text, figures: z.array(figureSchema), newDefects: z.array(newDefect) })),
  overall: z.object({ frames: count, figures: z.array(figureSchema), newDefects: z.array(newDefect) }),
  warnings: z.array(z.string()),
  limits: z
    .object({ passed: z.boolean(), missed: count, rows: z.array(limitVerdict), warnings: z.array(z.string()) })
    .nullable()
    .describe('null: no limits were given'),
  baseline: text.describe('file that changes were measured against'),
  junit: text.describe('file that the verdicts were written to'),
  log: z.object({ file: z.string(), tornLine: z.boolean() }).nullable().describe('where this run was recorded')
})
