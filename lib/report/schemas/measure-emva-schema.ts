import { z } from 'zod'
import { figureFields } from './figure-fields.js'
import { measuredSchema } from './measured-schema.js'
import { pixelFields } from './pixel-fields.js'
import { unknownsSchema } from './unknowns-schema.js'
import type { DarkCurrent } from '../../quality/emva/measure-dark-current.js'
import type { LogHistogram } from '../../quality/emva/measure-log-histogram.js'
import type { NonUniformity } from '../../quality/emva/measure-non-uniformity.js'
import type { PhotonTransfer } from '../../quality/emva/measure-photon-transfer.js'

const count = z.int().min(0)
const numbers = z.array(z.number())
const unknown = unknownsSchema

const photonTransfer = z.object({
  levels: count,
  gainLevels: count,
  linearityLevels: count,
  ...figureFields('systemGainDnPerElectron', 'darkNoiseDn', 'darkNoiseElectrons'),
  darkNoiseIsUpperBound: z.boolean(),
  ...figureFields('saturationDn', 'saturationElectrons', 'saturationPhotons', 'responsivityDnPerPhoton', 'responsivityDnPerExposure'),
  ...figureFields('quantumEfficiencyPercent', 'sensitivityThresholdElectrons', 'sensitivityThresholdPhotons'),
  ...figureFields('dynamicRange', 'dynamicRangeDb', 'snrMax', 'snrMaxDb'),
  ...figureFields('linearityErrorPercent', 'linearityMinimumPercent', 'linearityMaximumPercent'),
  unknown
}) satisfies z.ZodType<PhotonTransfer>

const nonUniformity = z.object({
  ...pixelFields,
  ...figureFields('dsnuTotalVarianceDn2', 'dsnuRowVarianceDn2', 'dsnuColumnVarianceDn2', 'dsnuPixelVarianceDn2'),
  ...figureFields('dsnuTotalDn', 'dsnuRowDn', 'dsnuColumnDn', 'dsnuPixelDn'),
  ...figureFields('dsnuTotalElectrons', 'dsnuRowElectrons', 'dsnuColumnElectrons', 'dsnuPixelElectrons'),
  ...figureFields('highPassDsnuTotalVarianceDn2', 'highPassDsnuRowVarianceDn2'),
  ...figureFields('highPassDsnuColumnVarianceDn2', 'highPassDsnuPixelVarianceDn2'),
  ...figureFields('highPassDsnuTotalDn', 'highPassDsnuRowDn', 'highPassDsnuColumnDn', 'highPassDsnuPixelDn'),
  ...figureFields('highPassDsnuTotalElectrons', 'highPassDsnuRowElectrons'),
  ...figureFields('highPassDsnuColumnElectrons', 'highPassDsnuPixelElectrons'),
  ...figureFields('prnuTotalVarianceDn2', 'prnuRowVarianceDn2', 'prnuColumnVarianceDn2', 'prnuPixelVarianceDn2'),
  ...figureFields('prnuTotalPercent', 'prnuRowPercent', 'prnuColumnPercent', 'prnuPixelPercent'),
  ...figureFields('highPassPrnuTotalVarianceDn2', 'highPassPrnuRowVarianceDn2'),
  ...figureFields('highPassPrnuColumnVarianceDn2', 'highPassPrnuPixelVarianceDn2'),
  ...figureFields('highPassPrnuTotalPercent', 'highPassPrnuRowPercent', 'highPassPrnuColumnPercent', 'highPassPrnuPixelPercent'),
  darkFrames: count,
  brightFrames: count,
  ...figureFields('meanDarkDn', 'meanBrightDn', 'darkTemporalVarianceDn2', 'brightTemporalVarianceDn2'),
  frameMeanCorrection: z.boolean(),
  ddof: z.literal([0, 1]),
  unknown
}) satisfies z.ZodType<NonUniformity>

const logHistogram = z.object({
  ...pixelFields,
  unit: z.enum(['DN', '%']).describe('of deviations, thresholds, spread'),
  ...figureFields('meanDn', 'sd', 'robustSd', 'minimum', 'maximum', 'binWidth'),
  deviations: numbers,
  counts: numbers,
  modelCounts: numbers,
  thresholds: numbers,
  accumulatedPercent: numbers,
  modelAccumulatedPercent: numbers,
  unknown
}) satisfies z.ZodType<LogHistogram>

const darkCurrent = z.object({
  exposureTimes: count,
  ...figureFields('meanSlopeDnPerS', 'meanInterceptDn', 'varianceSlopeDn2PerS', 'varianceInterceptDn2', 'darkCurrentFromMeanDnPerS'),
  ...figureFields('darkCurrentFromMeanElectronsPerS', 'darkCurrentFromVarianceElectronsPerS'),
  unknown
}) satisfies z.ZodType<DarkCurrent>

/** The document of `flatpanel measure emva --json`. */
export const measureEmvaSchema = measuredSchema('emva', {
  frameMeanCorrection: z.boolean(),
  darkLevels: z.array(
    z.object({ ...pixelFields, frames: count, meanDn: z.number(), varianceDn2: z.number(), exposureMs: z.number().nullable() })
  ),
  levels: z.array(
    z.object({
      ...pixelFields,
      frames: count,
      photons: z.number().nullable(),
      exposure: z.number().nullable(),
      meanDn: z.number(),
      meanDarkDn: z.number(),
      varianceDn2: z.number(),
      varianceDarkDn2: z.number()
    })
  ),
  photonTransfer: photonTransfer.nullable().describe('null: no --flat'),
  prnuLevel: z.int().min(1).nullable().describe('the --flat that the PRNU is of, from 1'),
  nonUniformity,
  logHistograms: z.object({ dsnu: logHistogram, prnu: logHistogram.nullable() }),
  darkCurrent: darkCurrent.nullable().describe('null: no --times')
})
