import { OptionError } from '../../errors.js'
import { measurePair } from './measure-pair.js'
import { momentsOf } from '../moments-of.js'
import { selectPixels } from '../select-pixels.js'
import type { Region } from '../../frame/region.js'
import type { DefectMap } from '../../maps/maps.js'
import type { Unknowns } from '../figure.js'
import type { MeasurableFrame } from '../measurable-frame.js'
import type { PixelCounts } from '../select-pixels.js'

export interface MeasureSnrOptions {
  /** @default the whole frame */
  readonly region?: Region
  /** Basic spatial resolution SRb of the detector in micrometres, for the normalised SNR; null: unknown. @default null */
  readonly basicSpatialResolutionUm?: number | null
  /** Air kerma of one frame in mGy, for the normalised SNR at 1 mGy; null: unknown. @default null */
  readonly airKermaMgy?: number | null
}

export interface Snr extends PixelCounts {
  /** Mean of both frames. */
  readonly signalDn: number | null
  /** Temporal sd of one frame: sd(A - B) / sqrt 2, ddof 1; fixed patterns cancel. */
  readonly noiseDn: number | null
  /** noise / sqrt(2 (n - 1)) */
  readonly noiseStandardErrorDn: number | null
  /** The same noise as a variance with ddof 0: 0.5 mean((A - B)^2) - 0.5 (mean A - mean B)^2. */
  readonly emvaVarianceDn2: number | null
  /** Spatial sd of a single frame, fixed patterns and shading included: root mean square of both frames, ddof 1. */
  readonly singleFrameNoiseDn: number | null
  /** signal / noise of one frame. */
  readonly snr: number | null
  readonly snrStandardError: number | null
  /** signal / singleFrameNoise: what one frame alone gives. */
  readonly singleFrameSnr: number | null
  /** SNR x 88.6 um / SRb. */
  readonly normalisedSnr: number | null
  /** The same over sqrt(air kerma / 1 mGy): what a detector limited by quantum noise would show at 1 mGy. */
  readonly normalisedSnrAt1Mgy: number | null
  readonly unknown: Unknowns
}

/** Side of the square aperture to which E2597 normalises: that of a circle of 100 um. */
const REFERENCE_UM = 88.6

/**
 * Measure signal, noise and SNR of one frame from two frames A, B of the same exposure: noise = sd(A - B) / sqrt 2 (ddof 1, so the
 * difference of the means is taken off), SNR = mean / noise. The sd of a single frame stands beside it: it holds the fixed pattern too.
 * Only the difference of the means goes: where the tube varies over frames that are not flat, a share of their shading stays in the
 * noise; `measureTemporalNoise` scales instead. Standard errors: noise / sqrt(2 (n - 1)); SNR sqrt((1 + SNR^2) / 2n), for white noise.
 * @param first corrected frame, linear in exposure, DN
 * @param second another frame of the same exposure, taken independently
 * @param defects bad pixels never count, repaired or not: they are quieter; null: no map
 * @returns DN and plain ratios; null, with a reason in `unknown`, without pixels, noise or a signal above 0, or without SRb or air kerma
 * @throws {ShapeError} ERR_SHAPE when the shapes differ
 * @throws {OptionError} ERR_OPTION when an option is out of range
 * @see EMVA 1288 release 4.0, 6.6 (2021): temporal variance from two images
 * @see ASTM E2597, as publicly described: normalised SNR from difference frames, 88.6 um / SRb, efficiency at 1 mGy
 */
export function measureSnr(
  first: MeasurableFrame,
  second: MeasurableFrame,
  defects: DefectMap | null,
  { region, basicSpatialResolutionUm = null, airKermaMgy = null }: MeasureSnrOptions = {}
): Snr {
  assertAboveZero('basicSpatialResolutionUm', basicSpatialResolutionUm, 'um')
  assertAboveZero('airKermaMgy', airKermaMgy, 'mGy')
  const { usedPixels, defectivePixels, nonFinitePixels, meanDn, varianceDn2 } = measurePair(first, second, defects, { region })
  const noise = varianceDn2 !== null && usedPixels > 1 ? Math.sqrt((varianceDn2 * usedPixels) / (usedPixels - 1)) : null
  const single = singleFrameNoise(first, second, defects, region)
  const snr = meanDn !== null && meanDn > 0 && noise ? meanDn / noise : null
  const normalised = snr !== null && basicSpatialResolutionUm !== null ? (snr * REFERENCE_UM) / basicSpatialResolutionUm : null
  return {
    usedPixels,
    defectivePixels,
    nonFinitePixels,
    signalDn: meanDn,
    noiseDn: noise,
    noiseStandardErrorDn: noise === null ? null : noise / Math.sqrt(2 * (usedPixels - 1)),
    emvaVarianceDn2: varianceDn2,
    singleFrameNoiseDn: single,
    snr,
    snrStandardError: snr === null ? null : Math.sqrt((1 + snr * snr) / (2 * usedPixels)),
    singleFrameSnr: meanDn !== null && meanDn > 0 && single ? meanDn / single : null,
    normalisedSnr: normalised,
    normalisedSnrAt1Mgy: normalised !== null && airKermaMgy !== null ? normalised / Math.sqrt(airKermaMgy) : null,
    unknown: explain(meanDn, noise, single, basicSpatialResolutionUm, airKermaMgy)
  }
}

function assertAboveZero(name: string, value: number | null, unit: string): void {
  if (value === null || (value > 0 && value < Infinity)) return
  throw new OptionError({ subject: `option "${name}"`, expected: `${unit} above 0`, received: String(value) })
}

function singleFrameNoise(first: MeasurableFrame, second: MeasurableFrame, defects: DefectMap | null, region?: Region): number | null {
  const a = momentsOf(selectPixels('first frame', first, defects, region)).sd
  const b = momentsOf(selectPixels('second frame', second, defects, region)).sd
  return a === null || b === null ? null : Math.sqrt((a * a + b * b) / 2)
}

type Known = number | null

function explain(mean: Known, noise: Known, single: Known, resolution: Known, kerma: Known): Unknowns {
  const unknown: Record<string, string> = {}
  const say = (reason: string, ...fields: string[]): void => {
    for (const field of fields) unknown[field] ??= reason
  }
  if (mean === null) say('no pixel is good in both frames', 'signalDn', 'emvaVarianceDn2')
  if (noise === null) say('fewer than two pixels are good in both frames', 'noiseDn', 'noiseStandardErrorDn', 'snr', 'snrStandardError')
  if (single === null) say('fewer than two good pixels', 'singleFrameNoiseDn', 'singleFrameSnr')
  if (mean !== null && !(mean > 0)) say('the mean signal is not above 0', 'snr', 'snrStandardError', 'singleFrameSnr')
  if (noise === 0) say('the frames do not differ', 'snr', 'snrStandardError')
  if (single === 0) say('the pixels do not differ', 'singleFrameSnr')
  if (unknown.snr) say(unknown.snr, 'normalisedSnr', 'normalisedSnrAt1Mgy')
  if (resolution === null) say('the basic spatial resolution is unknown', 'normalisedSnr', 'normalisedSnrAt1Mgy')
  if (kerma === null) say('the air kerma is unknown', 'normalisedSnrAt1Mgy')
  return unknown
}
