import { z } from 'zod'
import { figureFields } from './figure-fields.js'
import { measuredSchema } from './measured-schema.js'
import { pixelFields } from './pixel-fields.js'
import { MEASURED_FIGURES } from '../../quality/measured-figures.js'
import { withMeanings } from './with-meanings.js'
import { unknownsSchema } from './unknowns-schema.js'
import type { LagPoint } from '../../quality/lag/lag-points.js'
import type { LagLimits } from '../../quality/lag/lag-presets.js'
import type { Lag } from '../../quality/lag/measure-lag.js'

const count = z.int().min(0)

const point = z.object({
  frame: z.int().min(1).describe('1: the first without X-rays'),
  ...figureFields('timeMs', 'residualDn', 'lagPercent', 'uncertaintyPercent')
}) satisfies z.ZodType<LagPoint>

const limits = z.object({
  firstFramePercent: z.number(),
  secondFramePercent: z.number(),
  conditions: z.string(),
  frameTimeMs: z.number()
}) satisfies z.ZodType<LagLimits>

const fields = withMeanings(MEASURED_FIGURES.lag, {
  ...pixelFields,
  exposedFrames: count,
  decayFrames: count,
  ...figureFields('exposedDn', 'exposedUncertaintyDn', 'firstFrameLagPercent', 'secondFrameLagPercent'),
  ...figureFields('globalLag1FramePercent', 'globalLag1SecondPercent', 'globalLag60SecondsPercent'),
  curve: z.array(point),
  ...figureFields('noiseDn', 'persistentPixels', 'untestedPixels', 'pixelsOverLimit'),
  limits: limits.nullable().describe('of the preset; null: it has none'),
  unknown: unknownsSchema
}) satisfies { [field in keyof Omit<Lag, 'lagMapPercent' | 'warnings'>]: z.ZodType<Lag[field]> }

/** The document of `flatpanel measure lag --json`. */
export const measureLagSchema = measuredSchema('lag', {
  offsetFrom: z.string(),
  ...fields,
  map: z.string().nullable().describe('file that the lag of each pixel was written to')
})
