import { OptionError } from '../../errors.js'
import { assertSameShape } from '../assert-same-shape.js'
import { varianceOfMeans } from './create-stack-statistics.js'
import { highPass } from './high-pass.js'
import { momentsOf } from '../moments-of.js'
import { selectPixels } from '../select-pixels.js'
import { spatialVariances } from './spatial-variances.js'
import type { Region } from '../../frame/region.js'
import type { DefectMap } from '../../maps/maps.js'
import type { StackStatistics } from './create-stack-statistics.js'
import type { Unknowns } from '../figure.js'
import type { PixelCounts, PixelSelection } from '../select-pixels.js'
import type { SpatialVariances } from './spatial-variances.js'

export interface MeasureNonUniformityOptions {
  /** @default the whole frame */
  readonly region?: Region
  /** Divisor (pixels - ddof) of the total spatial variance: 1 as in the standard; 0 parts a small noiseless frame exactly. @default 1 */
  readonly ddof?: 0 | 1
  /**
   * Whether the temporal variance that is taken off is that about the frame means: an offset or a lamp that drifts as a whole adds to the
   * temporal variance of every pixel but not to the pattern of the mean. @default true
   */
  readonly frameMeanCorrection?: boolean
  /** System gain K in DN per electron, for figures in electrons. @default null: not known */
  readonly systemGain?: number | null
}

/** `Row`: from row to row; `Column`: from column to column; `Pixel`: what is left. */
type Part = 'Total' | 'Row' | 'Column' | 'Pixel'

type Figures = {
  readonly [
    F in
      | `${'dsnu' | 'highPassDsnu'}${Part}${'VarianceDn2' | 'Dn' | 'Electrons'}`
      | `${'prnu' | 'highPassPrnu'}${Part}${'VarianceDn2' | 'Percent'}`
  ]: number | null
}

/**
 * DSNU and PRNU. `...VarianceDn2`: the spatial variance in DN^2 with its sign; `...Dn`, `...Percent`: its square root, null where it is
 * negative. `highPass...`: the same of the frame less its 5 x 5 box mean, without shading.
 */
export interface NonUniformity extends PixelCounts, Figures {
  readonly darkFrames: number
  readonly brightFrames: number
  readonly meanDarkDn: number | null
  readonly meanBrightDn: number | null
  /** Mean temporal variance of a single frame that was taken off (divided by the frames), with or without frame-mean correction. */
  readonly darkTemporalVarianceDn2: number | null
  readonly brightTemporalVarianceDn2: number | null
  readonly frameMeanCorrection: boolean
  readonly ddof: 0 | 1
  readonly unknown: Unknowns
}

/** Spatial variances of one stack, or why there are none. */
interface Side {
  readonly mean: number | null
  readonly temporal: number | null
  readonly plain: SpatialVariances | null
  readonly filtered: SpatialVariances | null
  readonly reason: string | null
}

const PARTS = [
  ['Total', 'total'],
  ['Row', 'row'],
  ['Column', 'column'],
  ['Pixel', 'pixel']
] as const

/**
 * Measure dark signal and photo response non-uniformity from a stack of dark and one of bright frames (100 each advised, bright at half
 * of saturation), in total and parted into rows, columns and pixels:
 *
 *     s^2 = var(mean frame) - sigma^2 / frames
 *     DSNU = sqrt(s^2 dark)
 *     PRNU = 100 sqrt(s^2 bright - s^2 dark) / (mean bright - mean dark)
 *
 * Row + column + pixel is the total, exactly. Variances below 0 are legitimate (a pattern below its sampling error, a diagonal wave
 * whose line means are quieter than those of noise) and are given with their sign; their root is null, never that of the absolute
 * value. Shading of the light counts in full, in rows and columns alike: see the high-pass figures, in which white pixels keep 24/25
 * of the variance and white lines 4/5.
 *
 * Defects are left out: the total is over good pixels, a row or column mean is over the good pixels of its line, and all
 * lines count alike (the method of moments for unbalanced data). The formulas of the standard are met exactly where a full rectangle
 * is good; otherwise a line that lacks a share d of its n pixels takes d / n of the pattern across it along, which is little.
 * In electrons: DSNU / K, so the variance in DN^2 is divided by K^2, not by K.
 * @param dark statistics of the dark stack, raw DN
 * @param bright of the bright stack, raw DN, not gain-corrected; null: DSNU only
 * @param defects bad pixels never count; null: no map
 * @returns DN, DN^2, percent, electrons; null with a reason in `unknown` (one frame, no good pixel, a region below 2 x 3, a negative
 * variance, no signal, no system gain)
 * @throws {ShapeError} ERR_SHAPE when the shapes differ
 * @throws {OptionError} ERR_OPTION when the region is not inside the frame, or an option is out of range
 * @see EMVA 1288 release 4.0 Linear, 8 (2021)
 */
export function measureNonUniformity(
  dark: StackStatistics,
  bright: StackStatistics | null,
  defects: DefectMap | null,
  options: MeasureNonUniformityOptions = {}
): NonUniformity {
  const { region, ddof = 1, frameMeanCorrection = true, systemGain = null } = options
  assertOptions(ddof, systemGain)
  const a = selectPixels('mean dark frame', { data: dark.mean, shape: dark.shape }, defects, region)
  const b = bright && selectPixels('mean bright frame', { data: bright.mean, shape: bright.shape }, defects, region)
  if (b) assertSameShape('mean bright frame', b.shape, a.shape)
  const counts = b ? keepCommon(a, b) : a.counts
  const darkSide = measureSide({ ...a, counts }, dark, ddof, frameMeanCorrection)
  const brightSide = b && bright ? measureSide({ ...b, counts }, bright, ddof, frameMeanCorrection) : null
  const figures: Record<string, number | null> = {}
  const unknown: Record<string, string> = {}
  nameSide('Dark', darkSide, figures, unknown)
  nameSide('Bright', brightSide ?? NO_BRIGHT, figures, unknown)
  nameDsnu(darkSide, systemGain, figures, unknown)
  namePrnu(darkSide, brightSide ?? NO_BRIGHT, figures, unknown)
  return {
    ...counts,
    darkFrames: dark.frames,
    brightFrames: bright?.frames ?? 0,
    ...figures,
    frameMeanCorrection,
    ddof,
    unknown
  } as NonUniformity
}

const NO_BRIGHT: Side = { mean: null, temporal: null, plain: null, filtered: null, reason: 'no bright stack' }

function assertOptions(ddof: number, systemGain: number | null): void {
  if (ddof !== 0 && ddof !== 1) throw new OptionError({ subject: 'option "ddof"', expected: '0 or 1', received: String(ddof) })
  if (systemGain !== null && !(systemGain > 0 && systemGain < Infinity)) {
    throw new OptionError({
      subject: 'option "systemGain"',
      expected: 'a number above 0 (DN per electron), or null',
      received: String(systemGain)
    })
  }
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

function measureSide(selection: PixelSelection, stack: StackStatistics, ddof: 0 | 1, corrected: boolean): Side {
  const temporal = temporalVariance(selection, stack, corrected)
  if (temporal === null) {
    const { mean } = momentsOf(selection)
    const reason = mean === null ? 'no good pixel' : 'one frame has no temporal variance, so noise and pattern cannot be told apart'
    return { mean, temporal, plain: null, filtered: null, reason }
  }
  const noise = temporal / stack.frames
  const { selection: passed, factors } = highPass(selection)
  const plain = spatialVariances(selection, noise, ddof)
  return {
    mean: plain ? plain.mean : momentsOf(selection).mean,
    temporal,
    plain,
    filtered: spatialVariances(passed, noise, ddof, factors),
    reason: null
  }
}

function temporalVariance({ good, counts }: PixelSelection, stack: StackStatistics, corrected: boolean): number | null {
  const { variance, frameMeansDn } = stack
  if (variance === null || counts.usedPixels === 0) return null
  let sum = 0
  for (let i = 0; i < good.length; i++) if (good[i] !== 0) sum += variance[i]
  return sum / counts.usedPixels - (corrected ? varianceOfMeans(frameMeansDn) : 0)
}

function nameSide(name: 'Dark' | 'Bright', side: Side, figures: Record<string, number | null>, unknown: Record<string, string>): void {
  const mean = `mean${name}Dn`
  const temporal = `${name.toLowerCase()}TemporalVarianceDn2`
  figures[mean] = side.mean
  figures[temporal] = side.temporal
  if (side.mean === null) unknown[mean] = side.reason!
  if (side.temporal === null) unknown[temporal] = side.reason!
}

function nameDsnu(side: Side, systemGain: number | null, figures: Record<string, number | null>, unknown: Record<string, string>): void {
  for (const [prefix, variances] of [
    ['dsnu', side.plain],
    ['highPassDsnu', side.filtered]
  ] as const) {
    for (const [part, key] of PARTS) {
      const name = `${prefix}${part}`
      const variance = variances?.[key] ?? null
      const root = rootOf(variance)
      const electrons = root !== null && systemGain !== null ? root / systemGain : null
      figures[`${name}VarianceDn2`] = variance
      figures[`${name}Dn`] = root
      figures[`${name}Electrons`] = electrons
      const missing = side.reason ?? TOO_SMALL
      if (variance === null) unknown[`${name}VarianceDn2`] = missing
      if (root === null) unknown[`${name}Dn`] = variance === null ? missing : negative(variance)
      if (electrons === null) unknown[`${name}Electrons`] = unknown[`${name}Dn`] ?? 'no system gain given'
    }
  }
}

function namePrnu(dark: Side, bright: Side, figures: Record<string, number | null>, unknown: Record<string, string>): void {
  const signal = dark.mean !== null && bright.mean !== null ? bright.mean - dark.mean : null
  for (const prefix of ['prnu', 'highPassPrnu'] as const) {
    const side = prefix === 'prnu' ? 'plain' : 'filtered'
    for (const [part, key] of PARTS) {
      const name = `${prefix}${part}`
      const above = bright[side]?.[key] ?? null
      const below = dark[side]?.[key] ?? null
      const variance = above !== null && below !== null ? above - below : null
      const root = rootOf(variance)
      const percent = root !== null && signal !== null && signal > 0 ? (100 * root) / signal : null
      figures[`${name}VarianceDn2`] = variance
      figures[`${name}Percent`] = percent
      const missing = bright.reason ?? dark.reason ?? TOO_SMALL
      if (variance === null) unknown[`${name}VarianceDn2`] = missing
      if (percent === null) unknown[`${name}Percent`] = variance === null ? missing : noPercent(variance)
    }
  }
}

function rootOf(variance: number | null): number | null {
  return variance !== null && variance >= 0 ? Math.sqrt(variance) : null
}

const TOO_SMALL = 'too few good pixels to part rows, columns and pixels'

function noPercent(variance: number): string {
  return variance < 0 ? negative(variance) : 'the bright mean is not above the dark mean'
}

function negative(variance: number): string {
  return `the variance is ${variance.toPrecision(3)} DN^2: the pattern is smaller than its sampling error`
}
