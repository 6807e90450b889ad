import { assertSameShape } from '../assert-same-shape.js'
import { fitSurface, surfaceRow } from '../fit-surface.js'
import { momentsOf } from '../moments-of.js'
import { selectPixels } from '../select-pixels.js'
import type { Region } from '../../frame/region.js'
import type { DefectMap } from '../../maps/maps.js'
import type { Unknowns } from '../figure.js'
import type { Surface } from '../fit-surface.js'
import type { MeasurableFrame } from '../measurable-frame.js'
import type { PixelCounts, PixelSelection } from '../select-pixels.js'

export interface MeasureFixedPatternOptions {
  /** @default the whole frame */
  readonly region?: Region
}

export interface FixedPattern extends PixelCounts {
  /** Covariance of the two halves: the variance of what stands in both, shading included. May be negative: sampling error about 0. */
  readonly fixedPatternVarianceDn2: number | null
  /** Square root of it; null, not 0, when it is negative. */
  readonly fixedPatternDn: number | null
  /** The same as a percentage of the mean. */
  readonly fixedPatternPercent: number | null
  /** The same after a second-order surface was taken from each half: without heel and slow shading. */
  readonly detrendedFixedPatternVarianceDn2: number | null
  readonly detrendedFixedPatternDn: number | null
  readonly detrendedFixedPatternPercent: number | null
  readonly unknown: Unknowns
}

/**
 * Measure the fixed pattern that correction left, from the means of two independent halves of the frames: the covariance of
 * the halves over the good pixels is the variance of the pattern, without bias and without subtracting any noise. Expected when
 * only the noise of the gain map is left: sigma_f^2 / N_f.
 * @param even mean of the even-numbered corrected flats, DN
 * @param odd mean of the odd-numbered ones, DN, brought to the same mean
 * @param defects bad pixels never count; null: no map
 * @returns DN, DN^2 and percent; a negative variance is given with its sign, its square root is null with a reason
 * @throws {ShapeError} ERR_SHAPE when the shapes differ
 * @throws {OptionError} ERR_OPTION when the region is not inside the frame
 * @see EMVA 1288 release 4.0, spatial nonuniformity (2021): negative variances are legitimate and keep their sign
 */
export function measureFixedPattern(
  even: MeasurableFrame,
  odd: MeasurableFrame,
  defects: DefectMap | null,
  { region }: MeasureFixedPatternOptions = {}
): FixedPattern {
  const a = selectPixels('even half', even, defects, region)
  const b = selectPixels('odd half', odd, defects, region)
  assertSameShape('odd half', b.shape, a.shape)
  const counts = keepCommon(a, b)
  const meanA = momentsOf({ ...a, counts }).mean
  const meanB = momentsOf({ ...b, counts }).mean
  const flatA = flatSurface(meanA)
  const flatB = flatSurface(meanB)
  const mean = meanA !== null && meanB !== null ? (meanA + meanB) / 2 : null
  const plain = covariance(a, b, flatA, flatB, counts.usedPixels - 1)
  const detrended = covariance(a, b, fitSurface(a), fitSurface(b), counts.usedPixels - 6)
  const unknown: Record<string, string> = {}
  return {
    ...counts,
    ...name('fixedPattern', plain, mean, 'fewer than two pixels are good in both halves', unknown),
    ...name('detrendedFixedPattern', detrended, mean, 'too few good pixels for a second-order surface', unknown),
    unknown
  } as FixedPattern
}

// Both selections keep only what counts in both.
function keepCommon(a: PixelSelection, b: PixelSelection): PixelCounts {
  let used = 0
  for (let i = 0; i < a.good.length; i++) {
    const both = a.good[i] & b.good[i]
    a.good[i] = both
    b.good[i] = both
    used += both
  }
  return { ...a.counts, usedPixels: used, nonFinitePixels: a.counts.usedPixels + a.counts.nonFinitePixels - used }
}

function flatSurface(mean: number | null): Surface | null {
  return mean === null ? null : Float64Array.of(mean, 0, 0, 0, 0, 0)
}

function covariance(
  a: PixelSelection,
  b: PixelSelection,
  surfaceA: Surface | null,
  surfaceB: Surface | null,
  freedom: number
): number | null {
  if (surfaceA === null || surfaceB === null || freedom < 1) return null
  const { region, shape, good } = a
  const levelA = new Float64Array(region.cols)
  const levelB = new Float64Array(region.cols)
  let sum = 0
  for (let r = 0; r < region.rows; r++) {
    surfaceRow(surfaceA, r, region.rows, levelA)
    surfaceRow(surfaceB, r, region.rows, levelB)
    for (let c = 0, i = (region.row + r) * shape[1] + region.col; c < region.cols; c++, i++) {
      if (good[i] === 1) sum += (a.data[i] - levelA[c]) * (b.data[i] - levelB[c])
    }
  }
  return sum / freedom
}

function name(prefix: string, variance: number | null, mean: number | null, missing: string, unknown: Record<string, string>) {
  const root = variance !== null && variance >= 0 ? Math.sqrt(variance) : null
  const percent = root !== null && mean !== null && mean > 0 ? (100 * root) / mean : null
  if (variance === null) unknown[`${prefix}VarianceDn2`] = missing
  if (root === null) unknown[`${prefix}Dn`] = variance === null ? missing : negative(variance)
  if (percent === null) unknown[`${prefix}Percent`] = unknown[`${prefix}Dn`] ?? 'the mean is not above 0'
  return { [`${prefix}VarianceDn2`]: variance, [`${prefix}Dn`]: root, [`${prefix}Percent`]: percent }
}

function negative(variance: number): string {
  return `the variance is ${variance.toPrecision(3)} DN^2: the pattern is smaller than its sampling error`
}
