import { z } from 'zod'
import { measuredSchema } from './measured-schema.js'
import { npsFields } from './nps-fields.js'

const spectrum = z.object({
  data: z.array(z.number()).describe('row-major; rows along the vertical spatial frequency'),
  shape: z.tuple([z.int(), z.int()]),
  unit: z.enum(['DN^2 mm^2', 'DN^2 px^2']),
  rowFrequencies: z.array(z.number()),
  colFrequencies: z.array(z.number()),
  frequencyUnit: z.enum(['1/mm', '1/px'])
})

/** The document of `flatpanel measure nps --json`. */
export const measureNpsSchema = measuredSchema('nps', {
  ...npsFields,
  spectrum: spectrum.nullable().optional().describe('two-dimensional, with --spectrum')
})
