import { z } from 'zod'
import { measuredSchema } from './measured-schema.js'
import { mtfFields } from './mtf-fields.js'

/** The document of `flatpanel measure mtf --json`. */
export const measureMtfSchema = measuredSchema('mtf', {
  frames: z.array(z.object({ name: z.string(), ...mtfFields, warnings: z.array(z.string()) }))
})
