import { figuresOf } from './figures-of.js'
import { findNewDefects } from './find-new-defects.js'
import { measureFixedPattern } from '../uniformity/measure-fixed-pattern.js'
import { measureOrientation } from '../uniformity/measure-orientation.js'
import { measureUniformity } from '../uniformity/measure-uniformity.js'
import { ratioFigure } from './ratio-figure.js'
import type { Region } from '../../frame/region.js'
import type { CalibrationSet } from '../../maps/calibration-set.js'
import type { Figure } from '../figure.js'
import type { NewDefects } from './find-new-defects.js'
import type { VerificationSums } from './verification-sums.js'

/** Those options of a verification that matter here; see `VerificationOptions`. */
export interface TogetherOptions {
  readonly defectLimitPercent?: number
  readonly defectSigmas?: number
  readonly region?: Region
}

/** Figures, defects and warnings of all flats together. */
export interface Together {
  readonly figures: Figure[]
  readonly found: NewDefects | null
  readonly warnings: string[]
}

/**
 * Measure what only the flats together tell: defects and uniformity of their mean, temporal noise from pairs, the fixed pattern of
 * two halves, and the orientation that fits.
 * @param sums null: no flat had a mean above 0
 */
export function measureTogether(sums: VerificationSums | null, calibration: CalibrationSet, options: TogetherOptions): Together {
  if (sums === null) return nothingTogether()
  const { shape, defects, gain } = calibration
  const { region } = options
  const frames = sums.counts[0] + sums.counts[1]
  const level = sums.meanSum / frames
  const mean = { data: meanOf(sums.sums, frames, level), shape }
  const found = findNewDefects(mean, defects, { limitPercent: options.defectLimitPercent, sigmas: options.defectSigmas, region })
  const { cvPercent, unknown } = measureUniformity(mean, defects, { region })
  const figures = [
    ...figuresOf({ newDefects: found.newDefects, averagedCvPercent: cvPercent }, { averagedCvPercent: unknown.cvPercent }),
    ...(frames < 2 ? oneFrame('one flat has no pair') : pairFigures(sums, frames, level, calibration, options))
  ]
  const { bestOrientation, residualPercent } = measureOrientation(mean, gain, defects)
  const warnings: string[] = []
  if (bestOrientation !== null && residualPercent[bestOrientation]! < 0.97 * residualPercent['as calibrated']!) {
    warnings.push(
      `the flats fit the gain map better when it is ${bestOrientation}: was the panel turned, or are the frames read another way?`
    )
  }
  return { figures, found, warnings }
}

function meanOf(sums: readonly Float64Array[], frames: number, level: number): Float32Array {
  const out = new Float32Array(sums[0].length)
  const factor = level / frames
  for (let i = 0; i < out.length; i++) out[i] = (sums.length > 1 ? sums[0][i] + sums[1][i] : sums[0][i]) * factor
  return out
}

function pairFigures(
  sums: VerificationSums,
  frames: number,
  level: number,
  calibration: CalibrationSet,
  { region }: TogetherOptions
): Figure[] {
  const { shape, defects } = calibration
  const temporal = sums.pairs > 0 ? level * Math.sqrt(sums.pairVariance / sums.pairs) : null
  const predicted = sums.predictedTemporal === null ? null : level * Math.sqrt(sums.predictedTemporal / frames)
  const even = { data: meanOf([sums.sums[0]], sums.counts[0], level), shape }
  const odd = { data: meanOf([sums.sums[1]], sums.counts[1], level), shape }
  const { fixedPatternDn, fixedPatternPercent, detrendedFixedPatternPercent, detrendedFixedPatternDn, unknown } = measureFixedPattern(
    even,
    odd,
    defects,
    { region }
  )
  const noPair = 'no pair of flats has two good pixels in common'
  return [
    ...figuresOf({ temporalNoiseDn: temporal }, { temporalNoiseDn: noPair }),
    ratioFigure('temporalNoiseRatio', temporal, predicted, predicted === null ? 'the calibration has no noise maps' : undefined),
    ...figuresOf({ fixedPatternDn, fixedPatternPercent, detrendedFixedPatternPercent }, unknown),
    ratioFigure('fixedPatternToTemporalRatio', detrendedFixedPatternDn, temporal, unknown.detrendedFixedPatternDn)
  ]
}

function oneFrame(reason: string): Figure[] {
  const names = [
    'temporalNoiseDn',
    'temporalNoiseRatio',
    'fixedPatternDn',
    'fixedPatternPercent',
    'detrendedFixedPatternPercent',
    'fixedPatternToTemporalRatio'
  ] as const
  return names.flatMap((name) => figuresOf({ [name]: null }, { [name]: reason }))
}

function nothingTogether(): Together {
  const reason = 'no flat has a mean above 0'
  const figures = figuresOf({ newDefects: null, averagedCvPercent: null }, { newDefects: reason, averagedCvPercent: reason })
  return { figures: [...figures, ...oneFrame(reason)], found: null, warnings: [] }
}
