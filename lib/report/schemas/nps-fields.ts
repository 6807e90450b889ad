import { z } from 'zod'
import { figureFields } from './figure-fields.js'
import { pixelFields } from './pixel-fields.js'
import { regionSchema } from './region-schema.js'
import { MEASURED_FIGURES } from '../../quality/measured-figures.js'
import { withMeanings } from './with-meanings.js'
import { unknownsSchema } from './unknowns-schema.js'
import type { NpsPoint } from '../../quality/spectrum/cut-spectrum.js'
import type { NoisePowerSpectrum } from '../../quality/spectrum/measure-nps.js'

const count = z.int().min(0)

const point = z.object({
  ...figureFields('frequencyPerMm', 'npsDn2Mm2', 'nnpsMm2'),
  frequencyPerPixel: z.number(),
  npsDn2Px2: z.number(),
  samples: count,
  confidence95Factors: z.tuple([z.number(), z.number()]).describe('the interval: value times the first to value times the second')
}) satisfies z.ZodType<NpsPoint>

/** Fields of a schema that hold a noise power spectrum: its cuts and what they rest on. */
export const npsFields = withMeanings(MEASURED_FIGURES.nps, {
  ...pixelFields,
  horizontal: z.array(point),
  vertical: z.array(point),
  radial: z.array(point),
  ...figureFields('largeAreaSignalDn', 'varianceDn2', 'integralDn2', 'parsevalRatio'),
  region: regionSchema,
  frames: count,
  rois: count,
  roisRefused: count,
  independentRois: z.number(),
  filledPercent: z.number(),
  unknown: unknownsSchema
}) satisfies { [field in keyof Omit<NoisePowerSpectrum, 'spectrum' | 'warnings'>]: z.ZodType<NoisePowerSpectrum[field]> }
