import { z } from 'zod'
import { defectClassSchema, defectEntrySchema } from './defect-entry-schema.js'
import { lineRunSchema, namedLineSchema } from './named-line-schema.js'
import { regionSchema } from './region-schema.js'
import type { LayersCounts } from '../../maps/layers/count-layers.js'
import type { ClassedGroup, DefectTally, NamedCluster, NamedDefects } from '../../maps/named-defects.js'

const count = z.int().min(0)
const text = z.string().nullable()
const zone = z.enum(['centre', 'outer', 'rim'])
const shape = z.tuple([count, count]).describe('[rows, cols]')
const groupClass = z.enum(['small', 'medium', 'large', 'mega', 'beyond'])

const layer = z.object({ entries: count, pixels: count, alone: count.describe('bad pixels of no other layer') })

const layers = z.object({
  layers: z.object({ factory: layer, found: layer, user: layer }),
  vetoes: count,
  vetoedPixels: count,
  badPixels: count.describe('before those with a bad neighbourhood')
}) satisfies z.ZodType<LayersCounts>

const cluster = z.object({
  name: z.string().describe('bounding rectangle, kind, bad pixels, cluster kernel pixels'),
  kind: z.enum(['cluster', 'relevant', 'line']),
  region: regionSchema,
  first: count.describe('index of its first bad pixel'),
  pixels: count,
  kernelPixels: count,
  kernelPixelsOutsideGood: count,
  segments: count,
  zone,
  flags: count.describe('of its pixels, OR-ed')
}) satisfies z.ZodType<NamedCluster>

const group = z.object({
  class: groupClass,
  region: regionSchema,
  first: count,
  pixels: count,
  core: count.describe('side of the largest square of bad pixels'),
  zone
}) satisfies z.ZodType<ClassedGroup>

const tally = z.object({
  pixels: count.describe('good and bad'),
  badPixels: count,
  classes: z.record(defectClassSchema, count),
  sizes: z.object({ one: count, two: count, three: count, more: count }).describe('groups by their pixels'),
  isolatedPixels: count,
  kernelPixels: count,
  kernelPixelsOutsideGood: count,
  kernelPixelsOutsideBad: count,
  clusters: z.object({ cluster: count, relevant: count, line: count }),
  segments: count,
  lines: count,
  groups: z.record(groupClass, count)
}) satisfies z.ZodType<DefectTally>

const named = z.object({
  shape,
  clusters: z.array(cluster),
  lines: z.array(namedLineSchema),
  blockRuns: z.array(lineRunSchema).describe('runs that are parts of blocks'),
  groups: z.array(group),
  counts: z.object({
    panel: tally,
    zones: z.record(zone, tally),
    groupsBySides: count,
    groupsBySidesAndCorners: count,
    rowRuns: count,
    rowRunPixels: count,
    columnRuns: count,
    columnRunPixels: count
  })
}) satisfies z.ZodType<NamedDefects>

const entries = z.array(defectEntrySchema).nullable()

/** The document of `flatpanel defects list --json`. */
export const defectsListSchema = z.object({
  schema: z.literal('flatpanel.defects.list/1'),
  file: z.string(),
  format: z.string(),
  date: text,
  shape,
  serialNumber: text,
  classes: z.record(defectClassSchema, count).describe('pixels; one of several classes counts in each'),
  layers: layers.nullable().describe('null: the file has no layers'),
  factory: entries,
  user: entries,
  found: entries.optional().describe('with --entries'),
  named
})
