import { z } from 'zod'
import { defectEntrySchema } from './defect-entry-schema.js'

const count = z.int().min(0)
const text = z.string().nullable()

const edited = {
  badBefore: count.describe('bad pixels'),
  badAfter: count,
  archived: text.describe('where the calibration of before is; null: a text, or not asked for')
}

/** The document of `flatpanel defects add --json` and `remove`. */
export const defectsEditSchema = z.object({
  schema: z.literal('flatpanel.defects.edit/1'),
  file: z.string(),
  ...edited,
  added: count.describe('pixels that are bad now and were not'),
  removed: count,
  withoutGain: z.array(count).describe('indices of pixels that are called good and stay bad, as they have no gain'),
  entries: z.array(defectEntrySchema)
})

/** The document of `flatpanel defects import --json`. */
export const defectsImportSchema = z.object({
  schema: z.literal('flatpanel.defects.import/1'),
  file: z.string(),
  format: z.string(),
  into: z.string(),
  layer: z.enum(['factory', 'user']),
  entries: count,
  pixels: count.describe('bad pixels of the map that was read'),
  ...edited,
  notes: z.array(z.string())
})

/** The document of `flatpanel defects export --json`. */
export const defectsExportSchema = z.object({
  schema: z.literal('flatpanel.defects.export/1'),
  file: z.string(),
  out: z.string(),
  format: z.string(),
  shape: z.tuple([count, count]).describe('[rows, cols]'),
  badPixels: count
})

/** The document of `flatpanel defects merge --json`. */
export const defectsMergeSchema = z.object({
  schema: z.literal('flatpanel.defects.merge/1'),
  files: z.array(z.string()),
  rule: z.enum(['and', 'or', 'fraction']),
  needed: count.describe('maps in which a pixel has to be bad'),
  badInMaps: z.array(count).describe('pixels that are bad in exactly 1, 2, ... maps'),
  left: count.describe('pixels left out'),
  kept: count,
  out: z.string(),
  format: z.string()
})
