import { z } from 'zod'
import { DEFECT_FLAGS } from '../../maps/defect-flags.js'
import { GROUP_CLASSES } from '../../maps/classify-groups.js'
import type { DefectClass } from '../../maps/defect-flags.js'
import type { GroupClass } from '../../maps/named-defects.js'

const BASE = {
  zone: z.enum(['general', 'centre']).describe('general: everything inside the rim; centre: the central zone, which is a part of that'),
  max: z.number().min(0).describe('largest figure that passes'),
  note: z.string().optional().describe('where the limit comes from')
}

const CLASS = z.enum(Object.keys(DEFECT_FLAGS) as [DefectClass, ...DefectClass[]])
const GROUP_CLASS = z.enum(GROUP_CLASSES as unknown as [GroupClass, ...GroupClass[]])
const PIXELS = z.int().min(2)
const WIDTH = z.int().min(1)
const WINDOW = z.int().min(1).max(1001).describe('side of the square, pixels')

const figure = <N extends string, S extends z.ZodRawShape>(name: N, fields: S, meaning: string) =>
  z.strictObject({ figure: z.literal(name), ...fields, ...BASE }).describe(meaning)

const LIMIT = z.discriminatedUnion('figure', [
  figure('badPixels', { class: CLASS.optional() }, 'bad pixels, of one class or of all'),
  figure('badPercent', { class: CLASS.optional() }, 'bad pixels in percent of the pixels of the zone, of one class or of all'),
  figure('isolatedPixels', {}, 'bad pixels with eight good neighbours'),
  figure('kernelPixels', {}, 'cluster kernel pixels: bad pixels with fewer than 5 good neighbours'),
  figure(
    'clusters',
    { minimumPixels: PIXELS.optional(), maximumPixels: PIXELS.optional() },
    'clusters (bad pixels that touch by sides or corners), lines without kernel pixels left out'
  ),
  figure('relevantClusters', { minimumPixels: PIXELS.optional(), maximumPixels: PIXELS.optional() }, 'clusters with kernel pixels'),
  figure('segments', {}, 'bad line segments: one pixel wide, more than 10 long, bad pixels beside at most 10 % of it'),
  figure('lines', {}, 'lines one by one: runs of more than 10 bad pixels, each row or column of a wide line'),
  figure('adjacentLines', { minimumWidth: WIDTH, maximumWidth: WIDTH.optional() }, 'wide lines: groups of so many lines side by side'),
  figure('groups', { class: GROUP_CLASS }, 'groups that touch by sides, pixels of lines taken out, of one class'),
  figure('localPixels', { window: WINDOW }, 'most bad pixels in any square of that side inside the zone'),
  figure('localPercent', { window: WINDOW }, 'largest part of bad pixels, in percent, of any square of that side inside the zone')
])

/** Schema of a grade file. Published as `flatpanel/grade.schema.json` (JSON Schema, draft 2020-12). */
export const gradeSchema = z.strictObject({
  $schema: z.string().optional().describe('for editors'),
  schema: z.literal('flatpanel.grade/1'),
  name: z.string().min(1),
  source: z.string().optional().describe('where the table comes from'),
  zones: z.strictObject({
    rimPixels: z.int().min(0).describe('width of the rim, pixels: what stands there is not judged'),
    centre: z
      .tuple([z.int().min(1), z.int().min(1)])
      .optional()
      .describe('rows and columns of the central zone, in the middle of the panel')
  }),
  outside: z.enum(['bad', 'good']).optional().describe('what lies outside the panel, for cluster kernel pixels; bad when absent'),
  limits: z.array(LIMIT).min(1)
})
