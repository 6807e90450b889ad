import { z } from 'zod'
import { defectFateSchema } from './defects-compare-schema.js'
import { defectClassSchema } from './defect-entry-schema.js'
import { correctSchema } from './correct-schema.js'
import { figureFields } from './figure-fields.js'
import { verifySchema } from './verify-schema.js'
import type { CalibrationChanges } from '../../quality/compare-calibrations.js'
import type { MapQuantiles } from '../../quality/map-quantiles.js'
import type { CalibrationSummary } from '../../quality/summarize-calibration.js'

const count = z.int().min(0)
const text = z.string().nullable()

const quantiles = z.object({
  median: z.number(),
  low: z.number().describe('0.1 % of the pixels lie below'),
  high: z.number().describe('0.1 % of the pixels lie above')
}) satisfies z.ZodType<MapQuantiles>
const map = quantiles.nullable().describe('over the good pixels; null: no such map, or no good pixel')

const stack = z.object({
  role: z.enum(['dark', 'flat']),
  level: count,
  frames: count,
  kept: count,
  combine: z.string(),
  passes: count,
  dropped: z.array(z.object({ index: count, name: text, reason: text }))
})

const summary = z.object({
  shape: z.tuple([count, count]).describe('[rows, cols]'),
  goodPixels: count,
  serialNumber: text,
  localName: text,
  created: text,
  referenceDn: z.number(),
  ...figureFields('saturationDn'),
  pixelPitchMillimetres: z.tuple([z.number(), z.number()]).nullable().describe('[between rows, between columns]'),
  darkFrames: count,
  flatFrames: count,
  stacks: z.array(stack),
  offsetDn: map,
  noiseDn: map,
  gain: map,
  flatSignalDn: map,
  flatNoiseDn: map,
  offsetErrorsDn: map,
  gainErrors: map,
  defects: z.object({ pixels: count, badPixels: count, badPercent: z.number(), classes: z.record(defectClassSchema, count) }),
  warnings: z.array(z.string())
}) satisfies z.ZodType<CalibrationSummary>

const side = z.object({ created: text, serialNumber: text })

const changes = z.object({
  before: side,
  after: side,
  comparedPixels: count.describe('good in both'),
  ...figureFields('offsetDriftDn', 'offsetChangeSdDn', 'expectedOffsetChangeSdDn', 'offsetDriftInNoise'),
  ...figureFields('gainChangePercent', 'gainChangeSdPercent', 'expectedGainChangeSdPercent', 'referenceChangePercent'),
  defects: defectFateSchema,
  classes: z.record(defectClassSchema, defectFateSchema),
  warnings: z.array(z.string())
}) satisfies z.ZodType<CalibrationChanges>

// Its form is that of the calibration file, which states its own schema and is checked when it is read.
const provenance = z.record(z.string(), z.unknown()).describe('as the calibration file holds it')

/** The document of `flatpanel calibrate --json`. */
export const calibrateSchema = z.object({
  schema: z.literal('flatpanel.calibrate/1'),
  out: z.string(),
  archived: text.describe('where the calibration of before is; null: there was none'),
  summary,
  changes: changes.nullable().describe('against the calibration of before; null: there was none to compare with'),
  provenance
})

/** The document of `flatpanel inspect --json`. */
export const inspectSchema = z.object({ schema: z.literal('flatpanel.inspect/1'), file: z.string(), summary, provenance })

/** The document of `flatpanel demo --json`: those of its steps, and how many of the planted defects were found. */
export const demoSchema = z.object({
  schema: z.literal('flatpanel.demo/1'),
  out: z.string(),
  calibrate: calibrateSchema,
  correct: correctSchema,
  verify: verifySchema,
  truth: z.object({ planted: count, found: count, falselyCalled: count }).describe('bad pixels')
})

const hash = z.string().regex(/^[0-9a-f]{64}$/)

/** The document of `flatpanel inspect --header --json`. */
export const inspectHeaderSchema = z.object({
  schema: z.literal('flatpanel.inspect-header/1'),
  file: z.string(),
  header: z.object({
    schema: z.string(),
    requiredSteps: z.array(z.string()).describe('steps that must be applied beside offset, gain and repair'),
    shape: z.tuple([count, count]).describe('[rows, cols]'),
    serialNumber: text,
    localName: text,
    reference: z.number().describe('DN'),
    saturation: z.number().nullable().describe('DN; null: unknown'),
    pixelPitch: z.tuple([z.number(), z.number()]).nullable().describe('mm, [between rows, between columns]; null: unknown'),
    darkFrames: count,
    flatFrames: count,
    provenance,
    checksums: z.record(z.string(), hash).describe('SHA-256 of the values of each map'),
    hdf5: hash.describe('SHA-256 of the HDF5 part'),
    maps: z.object({ file: z.string(), sha256: hash }).nullable().describe('file beside this one that holds the maps; null: this one'),
    mapsVerified: z.literal(false),
    sha256: hash.describe('of the header')
  })
})
