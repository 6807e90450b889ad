import { findAboveLocalMedian } from '../../lib/kernels/median/find-above-local-median.js'
import { medianFilter } from '../../lib/kernels/median/median-filter.js'
import { nextNonZero } from '../../lib/kernels/map/next-non-zero.js'
import { DEFECT_FLAGS } from '../../lib/maps/defect-flags.js'
import { robustMedian } from '../../lib/maps/robust-median.js'
import { MAD_TO_SIGMA, robustScale } from '../../lib/maps/robust-scale.js'
import type { StackSummary } from '../stack-summary.js'
import type { DefectContext } from './defect-context.js'
import { flagPixel } from './flag-pixel.js'
import { leastDeviation } from './least-deviation.js'

const SOURCE = 'practice of flat-panel makers: dark level far above its surroundings, or saturated in the dark'
const RADIUS = 10
/** Part by which dark current grows with a degree Celsius: it doubles every 7 to 8. */
const GROWTH = 0.1
/** One good pixel in 9.4 million deviates by more, in sd. */
const NOISE_SIGMA = 5.32
/** One pixel in 200 lies lower, in sd. */
const RELIABLE = 2.576

/**
 * Hot: offset above the 21 x 21 median of the good pixels by more than 6 robust sd of that residual and by more than 1 %
 * of the saturation value or, where that is less, by more than d with d x 10 % / C x `hotTemperature` = `hotDriftSigma` sd of a frame:
 * what is above its neighbours is dark current, of which that much is left in a corrected frame of a warmer panel.
 * Or saturated in half of the darks (which alone is left where neither limit is in use).
 *
 * The scale is not taken below sqrt(q^2 / 12 + sd^2 / N): medians of rounded values have no spread at all otherwise.
 * Where saturation is unknown, twice the median flat signal stands for it, with a warning. Steps between read-out chips
 * do not count: the median of a window belongs to the side on which its middle stands. Where the limit is a number of sd alone,
 * the pixel must stand out from every window around, so that smaller steps do not count either.
 * @see Rousseeuw, Croux, JASA 88, 1993, for the scale
 */
export function markHot(context: DefectContext): void {
  const { options } = context
  const { hotSigma, hotFraction } = options
  const inUse = hotSigma !== null || hotFraction !== null
  const noise = noiseOf(context)
  const least = leastExcess(context)
  const [threshold, found] = markByExcess(context, least, noise) ?? markByMedians(context, least, noise)
  const record = { name: 'hot', unit: 'DN above the 21 x 21 median', source: SOURCE, found }
  const visible = { smallestVisible: Math.max(threshold, NOISE_SIGMA * noise), reliablyFound: threshold + RELIABLE * noise }
  if (inUse) context.rules.push({ ...record, threshold, ...visible })
  else context.rules.push({ ...record, name: 'saturated in the dark', threshold: 0.5, unit: 'of the darks' })
}

/** Least excess that counts, DN; 0: any. */
function leastExcess(context: DefectContext): number {
  const { darks, bad, quantum, options } = context
  const { hotFraction, hotDriftSigma, hotTemperature } = options
  if (hotFraction === null) return 0
  const byFraction = hotFraction * fullScale(context)
  if (hotDriftSigma === null || darks.sd === null) return byFraction
  const sigma = Math.max(robustMedian(darks.sd, bad), quantum / 2)
  return Math.min(byFraction, (hotDriftSigma * sigma) / (GROWTH * hotTemperature))
}

/** Threshold and pixels found where the least excess certainly is the larger of the two limits; null: not known. */
function markByExcess(context: DefectContext, least: number, noise: number): [number, number] | null {
  const {
    darks,
    bad,
    shape,
    options: { hotSigma }
  } = context
  if (!(least > 0) || (hotSigma !== null && hotSigma * noise > least)) return null
  const limit = hotSigma === null ? least : Math.min(least, least / (hotSigma * MAD_TO_SIGMA))
  const { places, isNarrow } = findAboveLocalMedian(darks.location, bad, shape[0], shape[1], least, limit)
  if (hotSigma !== null && !isNarrow) return null
  let found = markSaturated(context)
  for (const i of places) if (!isSaturated(darks, i)) found += markPixel(context, i)
  return [least, found]
}

/** The same from all local medians. */
function markByMedians(context: DefectContext, least: number, noise: number): [number, number] {
  const {
    darks,
    bad,
    shape,
    scratch,
    options: { hotSigma, hotFraction }
  } = context
  const [rows, cols] = shape
  const offset = darks.location
  const local = scratch.take()
  medianFilter(offset, bad, rows, cols, RADIUS, RADIUS, local)
  const residual = scratch.take()
  for (let i = 0; i < offset.length; i++) residual[i] = offset[i] - local[i]
  const inUse = hotSigma !== null || hotFraction !== null
  const bySigma = hotSigma === null ? 0 : hotSigma * Math.max(robustScale(residual, bad).sigma, noise)
  const threshold = inUse ? Math.max(bySigma, least) : Infinity
  let found = markSaturated(context)
  for (let i = 0; i < residual.length; i++) {
    if (!(residual[i] > threshold) || isSaturated(darks, i)) continue
    if (least > 0 || leastDeviation(offset, local, i, rows, cols, RADIUS, false) > threshold) found += markPixel(context, i)
  }
  scratch.give(local, residual)
  return [threshold, found]
}

function isSaturated({ saturated, frames, location }: StackSummary, i: number): boolean {
  return 2 * saturated[i] >= frames && location[i] - location[i] === 0
}

function markSaturated(context: DefectContext): number {
  const { saturated } = context.darks
  let found = 0
  for (let i = nextNonZero(saturated, 0); i < saturated.length; i = nextNonZero(saturated, i + 1)) {
    if (isSaturated(context.darks, i)) found += markPixel(context, i)
  }
  return found
}

function markPixel(context: DefectContext, i: number): number {
  return flagPixel(context, i, DEFECT_FLAGS.hot)
}

/** One sd of an offset, rounding included, DN. */
function noiseOf({ darks, bad, quantum }: DefectContext): number {
  const noise = darks.sd === null ? 0 : robustMedian(darks.sd, bad)
  return Math.sqrt((quantum * quantum) / 12 + (noise * noise) / darks.frames)
}

function fullScale({ options, levels, warnings }: DefectContext): number {
  if (options.saturation !== null) return options.saturation
  warnings.push('saturation is unknown: hot pixels are judged against twice the median flat signal instead')
  return 2 * levels[0]
}
