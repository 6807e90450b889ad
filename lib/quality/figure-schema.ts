import { z } from 'zod'

/** Schema of a {@link Figure}: one number with its name and unit, or null with a reason. */
export const figureSchema = z.object({
  name: z.string().min(1),
  value: z.number().nullable(),
  unit: z.string().describe('empty for a plain ratio'),
  reason: z.string().optional().describe('why the value is null')
})
