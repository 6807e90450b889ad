import { z } from 'zod'
import { figureFields } from './figure-fields.js'
import { pixelFields } from './pixel-fields.js'
import { regionSchema } from './region-schema.js'
import { MEASURED_FIGURES } from '../../quality/measured-figures.js'
import { withMeanings } from './with-meanings.js'
import { unknownsSchema } from './unknowns-schema.js'
import type { Mtf, MtfPoint } from '../../quality/edge/measure-mtf.js'

const count = z.int().min(0)

const point = z.object({
  ...figureFields('frequencyPerMm'),
  frequencyPerPixel: z.number(),
  mtf: z.number(),
  mtfSd: z.number()
}) satisfies z.ZodType<MtfPoint>

/** Fields of a schema that hold a modulation transfer function and what it rests on. */
export const mtfFields = withMeanings(MEASURED_FIGURES.mtf, {
  ...pixelFields,
  curve: z.array(point),
  ...figureFields('mtf50PerPixel', 'mtf50PerMm', 'mtf10PerPixel', 'mtf10PerMm'),
  orientation: z.enum(['vertical', 'horizontal']),
  angleDegrees: z.number(),
  polarity: z.enum(['rising', 'falling']),
  usedRegion: regionSchema,
  lines: count,
  phaseCycles: count,
  halfWidthPixels: count,
  window: z.enum(['rectangular', 'hann']),
  corrections: z.array(z.string()),
  lowDn: z.number(),
  highDn: z.number(),
  ...figureFields('edgeContrastPercent'),
  esfNoiseDn: z.number(),
  esfReversalPercent: z.number(),
  interpolatedBins: count,
  edgeSpread: z.object({ distancePixels: z.array(z.number()), signalDn: z.array(z.number()) }),
  unknown: unknownsSchema
}) satisfies { [field in keyof Omit<Mtf, 'warnings'>]: z.ZodType<Mtf[field]> }
