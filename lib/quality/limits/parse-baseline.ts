import { z } from 'zod'
import { OptionError } from '../../errors.js'
import { figureSchema } from '../figure-schema.js'
import type { Baseline } from './assert-baseline.js'

/** What a baseline must hold; the rest of the document is of no account. */
const baselineSchema = z.object({
  schema: z.literal('flatpanel.verify/1'),
  calibration: z.object({ serialNumber: z.string().nullable(), shape: z.tuple([z.int(), z.int()]) }),
  overall: z.object({ figures: z.array(figureSchema) })
})

/**
 * Check a baseline: the document of an earlier `flatpanel verify --json`, or a `VerificationReport`.
 * @param json what JSON.parse gave
 * @returns what `checkLimits` needs of it
 * @throws {OptionError} ERR_OPTION that names the first fault and its place
 */
export function parseBaseline(json: unknown): Baseline {
  const result = baselineSchema.safeParse(json)
  if (result.success) return result.data
  const [{ path, message }] = result.error.issues
  const received = path.length === 0 ? message : `${path.join('.')}: ${message}`
  throw new OptionError({ subject: 'baseline', expected: 'a document of flatpanel verify --json', received, cause: result.error })
}
