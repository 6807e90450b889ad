import { createNps } from './create-nps.js'
import type { DefectMap } from '../../maps/maps.js'
import type { MeasurableFrame } from '../measurable-frame.js'
import type { MeasureNpsOptions, NoisePowerSpectrum } from './create-nps.js'

export type { MeasureNpsOptions, NoisePowerSpectrum, NpsSpectrum } from './create-nps.js'

/**
 * Measure the noise power spectrum of corrected flats, and its normalised form NNPS = NPS / signal^2, after IEC 62220-1-1:
 * NPS(u, v) = p_r p_c / (M N^2) sum over M ROIs of N x N pixels of |sum of (value - surface) e^(-2 pi i (u x + v y))|^2.
 * White noise gives sigma^2 p_r p_c everywhere; an ideal counter of n quanta a pixel an NNPS of p_r p_c / n.
 *
 * A pixel that is defective, repaired or not, or not finite, counts as the surface, and the power of its ROI is divided by the
 * share of pixels that do count: the total is kept, and each percent so filled turns about a percent of the power white.
 * A pattern that stands in every frame is part of the spectrum; more frames do not average it, nor does the interval know of it.
 * @param frames one or more corrected flats of one exposure, linear in exposure, DN
 * @param defects bad pixels never count; null: no map, every pixel counts
 * @returns cuts with frequencies in 1/mm and intervals, the two-dimensional spectrum, and Parseval's check; empty cuts and nulls, with
 *   reasons in `unknown`, where no ROI serves, or without pitch (mm) or signal (NNPS)
 * @throws {ShapeError} ERR_SHAPE when frames and defect map differ in shape
 * @throws {OptionError} ERR_OPTION when there is no frame or an option is out of range
 * @see IEC 62220-1-1:2015, determination of the noise power spectrum, as publicly described
 */
export function measureNps(
  frames: MeasurableFrame | readonly MeasurableFrame[],
  defects: DefectMap | null,
  options: MeasureNpsOptions = {}
): NoisePowerSpectrum {
  const list = Array.isArray(frames) ? (frames as readonly MeasurableFrame[]) : [frames as MeasurableFrame]
  const nps = createNps(defects, options)
  list.forEach((frame, at) => nps.add(frame, list.length === 1 ? 'frame' : `frame ${at}`))
  return nps.result()
}
