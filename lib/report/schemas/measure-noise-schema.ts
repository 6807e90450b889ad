import { z } from 'zod'
import { figureFields } from './figure-fields.js'
import { measuredSchema } from './measured-schema.js'
import { pixelFields } from './pixel-fields.js'
import { unknownsSchema } from './unknowns-schema.js'
import type { NoiseParts } from '../../quality/noise/decompose-noise.js'
import type { Noise } from '../../quality/noise/measure-noise.js'
import type { Snr } from '../../quality/noise/measure-snr.js'
import type { FixedPattern } from '../../quality/uniformity/measure-fixed-pattern.js'

const unknown = unknownsSchema

const frame = z.object({
  name: z.string(),
  ...pixelFields,
  ...figureFields('meanDn', 'noiseDn', 'detrendedNoiseDn', 'shadingPercent'),
  unknown
}) satisfies z.ZodType<Noise>

const pair = z.object({
  ...pixelFields,
  ...figureFields('signalDn', 'noiseDn', 'noiseStandardErrorDn', 'emvaVarianceDn2', 'singleFrameNoiseDn', 'snr', 'snrStandardError'),
  ...figureFields('singleFrameSnr', 'normalisedSnr', 'normalisedSnrAt1Mgy'),
  ...figureFields('scaledNoiseDn'),
  unknown
}) satisfies z.ZodType<Snr>

const fixedPattern = z.object({
  ...pixelFields,
  ...figureFields('fixedPatternVarianceDn2', 'fixedPatternDn', 'fixedPatternPercent'),
  ...figureFields('detrendedFixedPatternVarianceDn2', 'detrendedFixedPatternDn', 'detrendedFixedPatternPercent'),
  unknown
}) satisfies z.ZodType<FixedPattern>

const parts = z.object({
  ...figureFields('electronicNoiseDn', 'quantumGainDn', 'fixedPatternPercent', 'fixedPatternFloorDn'),
  ...figureFields('rSquared', 'reducedChiSquare', 'largestDeviationPercent'),
  levels: z.array(
    z.object({
      signalDn: z.number(),
      varianceDn2: z.number(),
      fittedVarianceDn2: z.number(),
      electronicPercent: z.number(),
      quantumPercent: z.number(),
      fixedPatternPercent: z.number()
    })
  ),
  heldAtZero: z.array(z.string()),
  unknown
}) satisfies z.ZodType<NoiseParts>

const level = {
  frames: z.array(frame),
  pairs: z.array(pair).describe('frames 1 and 2, 2 and 3, ...'),
  fixedPattern: fixedPattern.nullable().describe('null: of one frame, or without a signal above 0')
}

/** The document of `flatpanel measure noise --json`. */
export const measureNoiseSchema = measuredSchema('noise', {
  frames: level.frames.nullable().describe('null: exposure levels were given by --flat'),
  pairs: level.pairs.nullable(),
  fixedPattern: level.fixedPattern,
  levels: z.array(z.object(level)).nullable().describe('one for each --flat'),
  parts: parts.nullable()
})
