import { assertSameShape } from '../assert-same-shape.js'
import { combinerFactor } from './combiner-factor.js'
import { selectPixels } from '../select-pixels.js'
import type { Region } from '../../frame/region.js'
import type { CalibrationSet } from '../../maps/calibration-set.js'
import type { Unknowns } from '../figure.js'
import type { MeasurableFrame } from '../measurable-frame.js'
import type { PixelCounts, PixelSelection } from '../select-pixels.js'

export interface PredictNoiseOptions {
  /** True when the frame was corrected with the very offset map that also made the gain map, as a calibration does. @default true */
  readonly sameOffset?: boolean
  /** @default the whole frame */
  readonly region?: Region
}

export interface PredictedNoise extends PixelCounts {
  /** Sd that the good pixels of one corrected frame should show. */
  readonly predictedNoiseDn: number | null
  /** The part that changes from frame to frame. */
  readonly predictedTemporalNoiseDn: number | null
  /** The part that the noise of offset and gain map leaves in every frame alike. */
  readonly predictedFixedPatternDn: number | null
  readonly unknown: Unknowns
}

/** The maps of a calibration that the prediction needs, as variances per pixel of one frame or of a map. */
interface NoiseModel {
  readonly gain: Float32Array
  readonly reference: number
  readonly noise: Float32Array
  readonly flatNoise: Float32Array
  /** Variance of the mean flat = this times the single-frame variance of the flats. */
  readonly flatShare: number
  readonly offsetErrors: Float32Array | null
  /** Variance of the offset map = this times the single-frame variance of the darks, where there is no map of its errors. */
  readonly darkShare: number
}

/**
 * Predict the noise of a corrected frame from its calibration. With A the offset-corrected signal of the frame, B that of the
 * flats, c = A g the corrected value, and one offset map for both:
 * var(c) / c^2 = var_y / A^2 + var_f / (N_f B^2) + (var_d / N_d) (1/A - 1/B)^2; with independent offset maps the last bracket is
 * 1/A^2 + 1/B^2. var_y, the variance at the level of the frame, is interpolated between darks and flats:
 * var_y = var_d + (var_f - var_d) A / B (photon noise grows with the signal). A median of the frames makes the map terms
 * 1.2 to 1.57 times as large. Evaluated at every good pixel, the variances averaged.
 * @param frame corrected frame, float32, without pedestal, DN
 * @param calibration the calibration that corrected it; its defect map leaves bad pixels out
 * @returns DN; null, with a reason in `unknown`, where the calibration has no noise maps (one dark or one flat)
 * @throws {ShapeError} ERR_SHAPE when the frame has another shape than the calibration
 * @throws {OptionError} ERR_OPTION when the region is not inside the frame
 * @see D. S. Kim, noise power spectra with gain map compensation: the factor 1 + 1/n, Med. Phys. 2016, of which this is the general form
 */
export function predictNoise(
  frame: MeasurableFrame,
  calibration: CalibrationSet,
  { sameOffset = true, region }: PredictNoiseOptions = {}
): PredictedNoise {
  const selection = selectPixels('frame', frame, calibration.defects, region)
  assertSameShape('frame', selection.shape, calibration.shape)
  const model = modelOf(calibration)
  if (typeof model === 'string') return nothing(selection.counts, model)
  if (selection.counts.usedPixels === 0) return nothing(selection.counts, 'no good pixel')
  const { temporal, fixed } = meanVariances(selection, model, sameOffset)
  return {
    ...selection.counts,
    predictedNoiseDn: Math.sqrt(temporal + fixed),
    predictedTemporalNoiseDn: Math.sqrt(temporal),
    predictedFixedPatternDn: Math.sqrt(fixed),
    unknown: {}
  }
}

function modelOf(calibration: CalibrationSet): NoiseModel | string {
  const { noise, flatNoise, offsetErrors, gain, darkFrames, flatFrames, provenance } = calibration
  if (!noise) return `no noise map: ${darkFrames === 1 ? 'the calibration has one dark' : 'the darks give none'}`
  if (!flatNoise) return `no noise of the flats: ${flatFrames === 1 ? 'the calibration has one flat' : 'the flats give none'}`
  const combineOf = (role: 'dark' | 'flat') => provenance.stacks.find((stack) => stack.role === role)?.combine ?? 'mean'
  return {
    gain: gain.data,
    reference: gain.reference,
    noise: noise.data,
    flatNoise: flatNoise.data,
    flatShare: combinerFactor(combineOf('flat'), flatFrames) / flatFrames,
    offsetErrors: offsetErrors ? offsetErrors.data : null,
    darkShare: combinerFactor(combineOf('dark'), darkFrames) / darkFrames
  }
}

// With a = A / B = c / reference the formula becomes var(c) = g^2 (var_y + a^2 var_f / N_f + (1 - a)^2 var_d / N_d):
// no division by a signal that may be 0.
function meanVariances({ data, good, counts }: PixelSelection, model: NoiseModel, sameOffset: boolean) {
  const { gain, reference, noise, flatNoise, flatShare, offsetErrors, darkShare } = model
  let temporal = 0
  let fixed = 0
  for (let i = 0; i < data.length; i++) {
    if (good[i] === 0) continue
    const level = data[i] / reference
    const dark = noise[i] * noise[i]
    const flat = flatNoise[i] * flatNoise[i]
    const offset = offsetErrors === null ? dark * darkShare : offsetErrors[i] * offsetErrors[i]
    const lever = sameOffset ? (1 - level) * (1 - level) : 1 + level * level
    const gainSquared = gain[i] * gain[i]
    // Below the dark level there is no less noise than in the dark.
    temporal += gainSquared * (level > 0 ? dark + (flat - dark) * level : dark)
    fixed += gainSquared * (level * level * flat * flatShare + lever * offset)
  }
  return { temporal: temporal / counts.usedPixels, fixed: fixed / counts.usedPixels }
}

function nothing(counts: PixelCounts, reason: string): PredictedNoise {
  return {
    ...counts,
    predictedNoiseDn: null,
    predictedTemporalNoiseDn: null,
    predictedFixedPatternDn: null,
    unknown: { predictedNoiseDn: reason, predictedTemporalNoiseDn: reason, predictedFixedPatternDn: reason }
  }
}
