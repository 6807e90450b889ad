import { z } from 'zod'
import { DEFECT_FLAGS } from '../../maps/defect-flags.js'
import { regionSchema } from './region-schema.js'
import type { DefectClass } from '../../maps/defect-flags.js'
import type { DefectEntry } from '../../maps/layers/defect-layers.js'

/** Schema of the name of a defect class. */
export const defectClassSchema = z.enum(Object.keys(DEFECT_FLAGS) as [DefectClass, ...DefectClass[]])

/** Schema of one line of a layer of defects. */
export const defectEntrySchema = z.object({
  action: z.enum(['add', 'remove']),
  region: regionSchema,
  classes: z.array(defectClassSchema).describe('empty: all'),
  date: z.string().nullable(),
  author: z.string().nullable(),
  reason: z.string()
}) satisfies z.ZodType<DefectEntry>
