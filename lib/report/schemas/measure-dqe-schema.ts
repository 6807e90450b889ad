import { z } from 'zod'
import { measuredSchema } from './measured-schema.js'
import { mtfFields } from './mtf-fields.js'
import { npsFields } from './nps-fields.js'
import { unknownsSchema } from './unknowns-schema.js'
import type { DqePoint } from '../../quality/dqe/measure-dqe.js'

const point = z.object({
  frequencyPerMm: z.number(),
  dqe: z.number().nullable(),
  confidence95: z.tuple([z.number(), z.number()]).nullable().describe('limits that those of the NNPS give')
}) satisfies z.ZodType<DqePoint>

/** The document of `flatpanel measure dqe --json`. */
export const measureDqeSchema = measuredSchema('dqe', {
  direction: z.enum(['horizontal', 'vertical']).describe('of the frequencies'),
  curve: z.array(point),
  airKermaUGy: z.number(),
  incidentSnrSquared: z.number().describe('1/(mm^2 uGy)'),
  incidentSnrSource: z.string(),
  unknown: unknownsSchema,
  mtf: z.object(mtfFields),
  nps: z.object(npsFields)
})
