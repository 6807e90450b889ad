import { z } from 'zod'
import { regionSchema } from './region-schema.js'

const text = z.string().nullable()

/** Schema of the document of a measuring command: what was measured from, after which standard, and its own fields. */
export function measuredSchema<const Name extends string, Fields extends z.ZodRawShape>(name: Name, fields: Fields) {
  return z.object({
    schema: z.literal(`flatpanel.measure.${name}/1`),
    standard: z.string().describe('what the measure follows'),
    input: z.object({
      files: z.array(z.string()).describe('in the order in which they were looked at'),
      calibration: text,
      serialNumber: text.describe('of the calibration'),
      frames: z.enum(['raw', 'corrected', 'taken as corrected']),
      pixelPitchMm: z.tuple([z.number(), z.number()]).nullable().describe('[between rows, between columns]; null: unknown'),
      region: regionSchema.nullable().describe('null: the whole frame')
    }),
    ...fields,
    warnings: z.array(z.string())
  })
}
