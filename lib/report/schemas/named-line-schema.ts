import { z } from 'zod'
import { regionSchema } from './region-schema.js'
import type { LineRun, NamedLine } from '../../maps/named-defects.js'

const count = z.int().min(0)

/** Schema of bad pixels in one row or column, without a gap. */
export const lineRunSchema = z.object({
  orientation: z.enum(['row', 'column']),
  row: count,
  col: count,
  length: count.describe('pixels'),
  adjacentPixels: count.describe('pixels of it that have a bad pixel beside the line')
}) satisfies z.ZodType<LineRun>

/** Schema of one line of bad pixels, or of several side by side. */
export const namedLineSchema = z.object({
  name: z.string().describe('bounding rectangle and bad pixels'),
  orientation: z.enum(['row', 'column']),
  region: regionSchema,
  width: count.describe('rows or columns side by side'),
  runs: z.array(lineRunSchema),
  pixels: count,
  kernelPixels: count,
  kernelPixelsOutsideGood: count,
  segment: z.boolean().describe('one pixel wide, at most 10 % with a bad pixel beside them (ASTM E2597)'),
  half: z.boolean().describe('from a border of the panel to the mid-line of the read-out'),
  zone: z.enum(['centre', 'outer', 'rim'])
}) satisfies z.ZodType<NamedLine>
