import { OptionError } from '../../errors.js'
import { upperGamma } from '../../kernels/statistics/upper-gamma.js'
import { assertSameShape } from '../assert-same-shape.js'
import { highPass } from './high-pass.js'
import { momentsOf } from '../moments-of.js'
import { robustMoments } from '../robust-moments.js'
import { selectPixels } from '../select-pixels.js'
import type { Region } from '../../frame/region.js'
import type { DefectMap } from '../../maps/maps.js'
import type { Unknowns } from '../figure.js'
import type { MeasurableFrame } from '../measurable-frame.js'
import type { PixelCounts, PixelSelection } from '../select-pixels.js'

export interface MeasureLogHistogramOptions {
  /** Taken off first: the mean dark frame under a mean bright one, for the PRNU. @default none */
  readonly dark?: MeasurableFrame
  /** Less the 5 x 5 box mean (interior only), as for the PRNU. @default false */
  readonly highPass?: boolean
  /** `%`: deviations in percent of the mean of the frame before the high-pass. @default 'DN' */
  readonly unit?: 'DN' | '%'
  /** Number of bins, 2 to 65536. @default 256 */
  readonly bins?: number
  /** Spread of the Gaussian model: the sd of all pixels (the standard), or 1.4826 MAD, which outliers do not widen. @default 'sd' */
  readonly model?: 'sd' | 'robust'
  /** @default the whole frame */
  readonly region?: Region
}

/** Deviations from the mean over pixels; draw the counts on a logarithmic axis. */
export interface LogHistogram extends PixelCounts {
  readonly unit: 'DN' | '%'
  /** Mean of the frame, in DN, before the high-pass. */
  readonly meanDn: number | null
  /** Spread of the deviations, in `unit`. */
  readonly sd: number | null
  readonly robustSd: number | null
  /** Smallest and largest deviation, in `unit`. */
  readonly minimum: number | null
  readonly maximum: number | null
  /** In `unit`; 0 where all pixels are equal. */
  readonly binWidth: number | null
  /** Deviation at the centre of each bin, pixels in it, and pixels that a Gaussian of the model's spread puts there. */
  readonly deviations: readonly number[]
  readonly counts: readonly number[]
  readonly modelCounts: readonly number[]
  /** Percentage of the pixels that deviate by at least so much, either side; and of a Gaussian. */
  readonly thresholds: readonly number[]
  readonly accumulatedPercent: readonly number[]
  readonly modelAccumulatedPercent: readonly number[]
  readonly unknown: Unknowns
}

/**
 * Measure the logarithmic and the accumulated logarithmic histogram of a map's deviations from its mean, from which a user
 * picks the limit for defects: bins of equal width from the smallest to the largest deviation, and beside each count what a Gaussian gives:
 * pixels * width * exp(-x^2 / 2 s^2) / (s sqrt(2 pi)), accumulated erfc(x / (s sqrt 2)). DSNU: the mean dark frame. PRNU: the mean
 * bright frame with `{ dark, highPass: true, unit: '%' }`.
 * @param frame mean frame or map, DN
 * @param defects bad pixels never count; null: no map, which is how outliers are looked for
 * @returns plain arrays; empty, with reasons in `unknown`, without a good pixel, and without a model where the spread is 0
 * @throws {ShapeError} ERR_SHAPE when shapes differ
 * @throws {OptionError} ERR_OPTION when an option is out of range
 * @see EMVA 1288 release 4.0 Linear, 8 (2021): defect pixels, logarithmic histograms
 */
export function measureLogHistogram(
  frame: MeasurableFrame,
  defects: DefectMap | null,
  options: MeasureLogHistogramOptions = {}
): LogHistogram {
  const { dark, highPass: filter = false, unit = 'DN', bins = 256, model = 'sd', region } = options
  assertOptions(unit, bins, model)
  const whole = selectDifference(frame, dark, defects, region)
  const level = momentsOf(whole).mean
  const selection = filter ? highPass(whole).selection : whole
  const { mean, sd, minimum, maximum } = momentsOf(selection)
  const scale = unit === 'DN' ? 1 : level !== null && level > 0 ? 100 / level : null
  const reason = level === null ? 'no good pixel' : mean === null ? 'the region is too small for the 5 x 5 box' : 'the mean is not above 0'
  if (level === null || mean === null || minimum === null || maximum === null || scale === null) {
    return nothing(selection.counts, unit, level, reason)
  }
  const values = deviationsOf(selection, mean, scale)
  const robustSd = robustMoments(Float32Array.from(values), values.length)!.sd
  const spread = sd === null ? null : sd * scale
  const drawn = model === 'sd' ? spread : robustSd
  const low = (minimum - mean) * scale
  const high = (maximum - mean) * scale
  const { width, centres, counts } = histogram(values, low, high, high > low ? bins : 1)
  const sum = accumulate(values, Math.max(-low, high), bins)
  const shown = drawn !== null && drawn > 0 ? drawn : null
  const area = values.length * width
  return {
    ...selection.counts,
    unit,
    meanDn: level,
    sd: spread,
    robustSd,
    minimum: low,
    maximum: high,
    binWidth: width,
    deviations: centres,
    counts,
    modelCounts: shown === null ? [] : centres.map((x) => (area * gaussian(x / shown)) / shown),
    thresholds: sum.thresholds,
    accumulatedPercent: sum.percent,
    modelAccumulatedPercent: shown === null ? [] : sum.thresholds.map((x) => 100 * upperGamma(0.5, 0.5 * (x / shown) ** 2)),
    unknown: {
      ...(spread === null ? { sd: 'one good pixel has no spread' } : {}),
      ...(shown === null ? { modelCounts: 'the spread is 0', modelAccumulatedPercent: 'the spread is 0' } : {})
    }
  }
}

function gaussian(z: number): number {
  return Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI)
}

function assertOptions(unit: string, bins: number, model: string): void {
  if (unit !== 'DN' && unit !== '%') throw new OptionError({ subject: 'option "unit"', expected: '"DN" or "%"', received: String(unit) })
  if (model !== 'sd' && model !== 'robust')
    throw new OptionError({ subject: 'option "model"', expected: '"sd" or "robust"', received: String(model) })
  if (!Number.isInteger(bins) || bins < 2 || bins > 65536) {
    throw new OptionError({ subject: 'option "bins"', expected: 'a whole number from 2 to 65536', received: String(bins) })
  }
}

function selectDifference(
  frame: MeasurableFrame,
  dark: MeasurableFrame | undefined,
  defects: DefectMap | null,
  region?: Region
): PixelSelection {
  const above = selectPixels('frame', frame, defects, region)
  if (dark === undefined) return above
  const below = selectPixels('dark frame', dark, defects, region)
  assertSameShape('dark frame', below.shape, above.shape)
  const data = new Float32Array(above.data.length)
  for (let i = 0; i < data.length; i++) data[i] = above.data[i] - below.data[i]
  // Selected again: what is not finite in either frame is not finite in the difference.
  return selectPixels('frame less dark', { data, shape: above.shape }, defects, region)
}

function deviationsOf({ data, good, counts }: PixelSelection, mean: number, scale: number): Float64Array {
  const out = new Float64Array(counts.usedPixels)
  for (let i = 0, n = 0; i < data.length; i++) if (good[i] !== 0) out[n++] = (data[i] - mean) * scale
  return out
}

function histogram(values: Float64Array, low: number, high: number, bins: number) {
  const width = (high - low) / bins
  const counts = new Array<number>(bins).fill(0)
  // The largest value stands at the upper edge of the last bin and belongs to it.
  const last = bins - 1
  for (let i = 0; i < values.length; i++) counts[width > 0 ? Math.max(0, Math.min(last, Math.floor((values[i] - low) / width))) : 0]++
  return { width, counts, centres: counts.map((_, i) => low + (i + 0.5) * width) }
}

/** Percentage of the values at or beyond each of `bins` thresholds from 0 to the largest deviation. */
function accumulate(values: Float64Array, largest: number, bins: number) {
  const step = largest / (bins - 1)
  const reached = new Float64Array(bins)
  // The largest deviation reaches the last threshold, whatever the division rounds to.
  for (let i = 0; i < values.length; i++) reached[step > 0 ? Math.min(bins - 1, Math.floor(Math.abs(values[i]) / step + 1e-9)) : 0]++
  for (let i = bins - 2; i >= 0; i--) reached[i] += reached[i + 1]
  return {
    thresholds: Array.from(reached, (_, i) => i * step),
    percent: Array.from(reached, (count) => (100 * count) / values.length)
  }
}

function nothing(counts: PixelCounts, unit: 'DN' | '%', meanDn: number | null, reason: string): LogHistogram {
  const names = [...(meanDn === null ? ['meanDn'] : []), 'sd', 'robustSd', 'minimum', 'maximum', 'binWidth', 'counts', 'accumulatedPercent']
  return {
    usedPixels: counts.usedPixels,
    defectivePixels: counts.defectivePixels,
    nonFinitePixels: counts.nonFinitePixels,
    unit,
    meanDn,
    sd: null,
    robustSd: null,
    minimum: null,
    maximum: null,
    binWidth: null,
    deviations: [],
    counts: [],
    modelCounts: [],
    thresholds: [],
    accumulatedPercent: [],
    modelAccumulatedPercent: [],
    unknown: Object.fromEntries(names.map((name) => [name, reason]))
  }
}
