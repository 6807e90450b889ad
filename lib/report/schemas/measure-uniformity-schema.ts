import { z } from 'zod'
import { figureFields } from './figure-fields.js'
import { measuredSchema } from './measured-schema.js'
import { pixelFields } from './pixel-fields.js'
import { regionSchema } from './region-schema.js'
import { unknownsSchema } from './unknowns-schema.js'
import type { Noise } from '../../quality/noise/measure-noise.js'
import type { Artefacts } from '../../quality/uniformity/find-artefacts.js'
import type { BlockStep, BlockSteps } from '../../quality/uniformity/measure-block-steps.js'
import type { Structure } from '../../quality/uniformity/measure-structure.js'
import type { TileUniformity } from '../../quality/uniformity/measure-tile-uniformity.js'
import type { Uniformity } from '../../quality/uniformity/measure-uniformity.js'

const count = z.int().min(0)
const pair = z.tuple([count, count])
const unknown = unknownsSchema

const uniformity = z.object({
  ...pixelFields,
  ...figureFields('meanDn', 'sdDn', 'minimumDn', 'maximumDn', 'cvPercent'),
  unknown
}) satisfies z.ZodType<Uniformity>

const shading = z.object({
  ...pixelFields,
  ...figureFields('meanDn', 'noiseDn', 'detrendedNoiseDn', 'shadingPercent'),
  unknown
}) satisfies z.ZodType<Noise>

const tiles = z.object({
  ...pixelFields,
  ...figureFields('localSignalNonUniformityPercent', 'globalSignalNonUniformityPercent'),
  ...figureFields('localNoiseNonUniformityPercent', 'globalNoiseNonUniformityPercent'),
  ...figureFields('localSnrNonUniformityPercent', 'globalSnrNonUniformityPercent'),
  tilePixels: pair.describe('[rows, cols] of a tile; [0, 0]: the pitch is unknown'),
  tiles: pair.describe('[rows, cols] of tiles'),
  tilesLeftOut: count,
  unknown
}) satisfies z.ZodType<TileUniformity>

const structure = z.object({
  ...pixelFields,
  ...figureFields('rowRatio', 'columnRatio', 'rowStepRatio', 'columnStepRatio', 'pixelNoiseDn'),
  unknown
}) satisfies z.ZodType<Structure>

const border = z.object({
  kind: z.enum(['column', 'row']),
  position: count.describe('first column or row behind the border'),
  from: count,
  length: count,
  pairs: count,
  ...figureFields('stepDn', 'stepPercent', 'standardErrorDn', 'z')
}) satisfies z.ZodType<BlockStep>

const blockSteps = z.object({
  ...pixelFields,
  ...figureFields('meanDn', 'pixelNoiseDn', 'innerColumnStepDn', 'innerRowStepDn'),
  borders: z.array(border),
  worst: border.nullable(),
  unknown
}) satisfies z.ZodType<BlockSteps>

const artefacts = z.object({
  ...pixelFields,
  ...figureFields('artefactCount'),
  artefacts: z.array(
    z.object({ row: count, col: count, region: regionSchema, pixels: count, scale: count, z: z.number(), deviationPercent: z.number() })
  ),
  scales: z.array(z.object({ scale: count, testedBoxes: count, ...figureFields('limitSigmas', 'noisePercent', 'noiseRatio') })),
  unknown
}) satisfies z.ZodType<Artefacts>

/** The document of `flatpanel measure uniformity --json`. */
export const measureUniformitySchema = measuredSchema('uniformity', {
  frames: z.array(
    z.object({
      name: z.string(),
      saturatedPixels: count.nullable().describe('raw pixels at or above saturation; null: unknown'),
      uniformity,
      shading: shading.describe('about a second-order surface'),
      tiles: tiles.describe('TG-150'),
      structure,
      blockSteps: blockSteps.nullable().describe('null: no read-out borders were named'),
      artefacts
    })
  )
})
