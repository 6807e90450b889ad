import { z } from 'zod'
import { errorFields } from './error-schema.js'

const count = z.int().min(0)
const readWith = z.string().nullable().describe('options by which the file is read again, where it does not say what it is')

const corrected = z.object({
  input: z.string().describe('the first one, where several became one file'),
  output: z.string(),
  pages: count,
  saturated: count.nullable().describe('pixels at or above saturation; null: the calibration does not know it'),
  clamped: count.describe('pixels'),
  nonFinite: count.describe('pixels'),
  unrepaired: count.describe('bad pixels that were filled for display only'),
  beamFactors: z.array(z.number()).length(2).nullable().describe('least and largest factor of the beam; null: not asked for'),
  readWith
})

const converted = z.object({
  input: z.string(),
  output: z.string(),
  frames: count,
  readWith
})

/** The document of `flatpanel correct --json`, also of a run that was cut short. */
export const correctSchema = z.object({
  schema: z.literal('flatpanel.correct/1'),
  error: errorFields.optional().describe('why the work was cut short'),
  calibration: z.string(),
  files: z.array(corrected).describe('finished, in their order'),
  skipped: z.array(z.string()).optional().describe('outputs that were there from this very work'),
  leftOut: z.array(z.string()).optional().describe('inputs that say that they hold darks or flats only')
})

/** The document of `flatpanel convert --json`, also of a run that was cut short. */
export const convertSchema = z.object({
  schema: z.literal('flatpanel.convert/1'),
  error: errorFields.optional().describe('why the work was cut short'),
  files: z.array(converted).describe('finished, in their order')
})
