import { z } from 'zod'

/** A figure that the data may not give: null, and then its reason stands in `unknown`. */
const figure = z.number().nullable()
const unknown = z.record(z.string(), z.string()).describe('why a field is null, by its name')
const shape = z.tuple([z.int(), z.int()]).describe('[rows, cols]')

const namedFigure = z.object({
  name: z.string(),
  value: figure,
  unit: z.string().describe('empty for a plain ratio'),
  reason: z.string().optional().describe('why the value is null')
})

const newDefect = z.object({ row: z.int(), col: z.int(), valueDn: z.number(), deviationPercent: z.number(), limitPercent: z.number() })

const limitVerdict = z.object({
  metric: z.string(),
  where: z.string().describe('overall, or the name of a flat'),
  value: figure,
  unit: z.string(),
  min: figure,
  max: figure,
  maxChange: figure,
  maxChangePercent: figure,
  baseline: figure,
  change: figure,
  changePercent: figure,
  verdict: z.enum(['pass', 'fail', 'unknown']),
  reason: z.string().nullable()
})

/** The document of `flatpanel verify --json`; what `--baseline` reads. */
const verify = z.object({
  schema: z.literal('flatpanel.verify/1'),
  calibration: z.object({
    serialNumber: z.string().nullable(),
    created: z.string().nullable(),
    shape,
    darkFrames: z.int(),
    flatFrames: z.int(),
    badPixels: z.int()
  }),
  flats: z.array(
    z.object({
      index: z.int(),
      name: z.string().nullable(),
      sha256: z.string().nullable(),
      figures: z.array(namedFigure),
      newDefects: z.array(newDefect)
    })
  ),
  overall: z.object({ frames: z.int(), figures: z.array(namedFigure), newDefects: z.array(newDefect) }),
  warnings: z.array(z.string()),
  limits: z.object({ passed: z.boolean(), missed: z.int(), rows: z.array(limitVerdict) }).nullable().optional(),
  baseline: z.string().nullable().optional().describe('file that changes were measured against'),
  log: z.object({ file: z.string(), tornLine: z.boolean() }).nullable().optional().describe('where this run was recorded')
})

/** One line of a QC log. */
const qcRecord = z.object({
  schema: z.literal('flatpanel.qc-record/1'),
  time: z.iso.datetime(),
  serialNumber: z.string().nullable(),
  calibration: z.object({ file: z.string().nullable(), created: z.string().nullable() }),
  frames: z.int(),
  passed: z.boolean().nullable().describe('limits met; null: no limits were given'),
  figures: z.record(z.string(), figure).describe('figures over all flats, by metric, in its unit')
})

/**
 * Schemas of the documents that the command prints with --json, and of a line of the QC log, by the value of their `schema` field. A
 * document may gain fields within a version; it loses none. Published as `flatpanel/documents.schema.json`.
 */
export const documentsSchema = {
  'flatpanel.verify/1': verify,
  'flatpanel.qc-record/1': qcRecord
} as const

export { figure, unknown }
