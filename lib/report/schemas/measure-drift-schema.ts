import { z } from 'zod'
import { figureFields } from './figure-fields.js'
import { measuredSchema } from './measured-schema.js'
import { pixelFields } from './pixel-fields.js'
import { MEASURED_FIGURES } from '../../quality/measured-figures.js'
import { withMeanings } from './with-meanings.js'
import { unknownsSchema } from './unknowns-schema.js'
import type { DriftRule } from '../../quality/drift/judge-drift.js'
import type { Drift } from '../../quality/drift/measure-drift.js'

const count = z.int().min(0)

const rule = z.object({
  name: z.enum([
    'offsetDriftInNoise',
    'offsetPatternExcessPercent',
    'gainPatternToTemporalRatio',
    'newDefects',
    'newKernelPixels',
    'ageHours',
    'temperatureChange'
  ]),
  figure: z.number().nullable(),
  limit: z.number(),
  unit: z.string().describe('empty for a plain ratio'),
  exceeded: z.boolean().nullable().describe('true: the calibration is stale by this rule; null: the figure is not known'),
  reason: z.string().optional()
}) satisfies z.ZodType<DriftRule>

const position = z.object({ row: count, col: count, offsetChangeDn: z.number().optional(), deviationPercent: z.number().optional() })

const fields = withMeanings(MEASURED_FIGURES.drift, {
  ...pixelFields,
  darkFrames: count,
  flatFrames: count,
  stale: z.boolean().nullable().describe('null: neither the offset nor the gain could be judged'),
  rules: z.array(rule),
  ...figureFields('offsetDriftDn', 'offsetDriftInNoise', 'offsetPatternSdDn', 'expectedOffsetPatternSdDn', 'offsetPatternExcessPercent'),
  ...figureFields('flatLevelChangePercent', 'temporalNoiseDn', 'residualPatternDn', 'expectedResidualPatternDn'),
  ...figureFields('gainDriftVarianceDn2', 'gainDriftPercent', 'gainPatternToTemporalRatio'),
  ...figureFields('newDarkDefects', 'newFlatDefects', 'newDefects', 'newKernelPixels'),
  positions: z.array(position),
  ageHours: z.number().nullable(),
  temperatureChange: z.number().nullable().describe('degrees Celsius'),
  unknown: unknownsSchema
}) satisfies { [field in keyof Drift]: z.ZodType<Drift[field]> }

/** The document of `flatpanel measure drift --json`. */
export const measureDriftSchema = measuredSchema('drift', fields)
