import { OptionError } from '../../errors.js'
import { fitNonNegative } from './fit-non-negative.js'
import type { Unknowns } from '../figure.js'

/** Signal and variance at one exposure, offset taken off. */
export interface NoiseLevel {
  readonly signalDn: number
  /** Variance of a single frame. With `fixedPatternVarianceDn2` beside it: the temporal variance alone. */
  readonly varianceDn2: number
  /** Spatial variance that stands in every frame; an estimate may come out below 0. */
  readonly fixedPatternVarianceDn2?: number
  /** Degrees of freedom of the variances (pixels - 1, say); they set the weight. Given for every level or for none. */
  readonly degreesOfFreedom?: number
}

/** The noise of one level, split by the fit. */
export interface NoiseShares {
  readonly signalDn: number
  /** Measured: temporal and fixed-pattern variance together. */
  readonly varianceDn2: number
  /** The same from the fit. */
  readonly fittedVarianceDn2: number
  /** Shares of the fitted variance; they add up to 100 %. */
  readonly electronicPercent: number
  readonly quantumPercent: number
  readonly fixedPatternPercent: number
}

export interface NoiseParts {
  /** Electronic noise: sqrt of the part that does not depend on the signal. */
  readonly electronicNoiseDn: number | null
  /** Variance per signal of the part proportional to it: the gain K for quanta counted one by one, an effective gain elsewhere. */
  readonly quantumGainDn: number | null
  /** Fixed pattern that grows with the signal, of the signal. */
  readonly fixedPatternPercent: number | null
  /** Fixed pattern that does not depend on the signal; known only where fixed-pattern variances are given. */
  readonly fixedPatternFloorDn: number | null
  readonly levels: readonly NoiseShares[]
  /** Weighted share of the spread of the variances that the fit explains, at most 1. */
  readonly rSquared: number | null
  /** Chi-square per degree of freedom; 1 where the model holds. Needs `degreesOfFreedom`. */
  readonly reducedChiSquare: number | null
  /** Largest distance of a measured variance from the fit, in percent of the fit. */
  readonly largestDeviationPercent: number | null
  /** Parts that the data would rather have below 0, held at 0. */
  readonly heldAtZero: readonly string[]
  readonly unknown: Unknowns
}

/** One line of a fit: the variance measured and the powers of the signal that may explain it. */
interface Model {
  readonly names: readonly string[]
  readonly powers: readonly number[]
}

const TOTAL: Model = { names: ['electronic', 'quantum', 'fixedPattern'], powers: [0, 1, 2] }
const TEMPORAL: Model = { names: ['electronic', 'quantum'], powers: [0, 1] }
const FIXED: Model = { names: ['fixedPatternFloor', 'fixedPattern'], powers: [0, 2] }

/**
 * Split the noise over exposure levels into electronic, quantum and fixed-pattern parts: variance = e + k S + f S^2 with e, k, f >= 0, by
 * weighted least squares. Weights are those of sample variances, degrees of freedom / (2 variance^2), with the variance of the fit.
 * Where every level carries a fixed-pattern variance, the temporal variance is fitted by e + k S and the other by c + f S^2.
 *
 * Neighbouring pixels share quanta in a scintillator, which lowers variances and so k; a gain correction scales each pixel's
 * variance: the parts are those of the frames as given.
 * @param levels at least three different signals, DN, offset corrected, in any order
 * @returns the parts and their shares at each level; nulls, with reasons in `unknown`, from fewer than three signals or without a
 *   variance above 0
 * @throws {OptionError} ERR_OPTION when a value is not finite, a variance is below 0, or only some levels carry an optional value
 * @see NHSBSP Equipment Report 0604 version 3 (2009), noise analysis: electronic, quantum and structure noise
 * @see EMVA 1288 release 4.0, section 2 (2021), for the linear part
 */
export function decomposeNoise(levels: readonly NoiseLevel[]): NoiseParts {
  levels.forEach(assertLevel)
  const split = carriedByAll(levels, 'fixedPatternVarianceDn2')
  const weighted = carriedByAll(levels, 'degreesOfFreedom')
  const signals = levels.map(({ signalDn }) => signalDn)
  if (new Set(signals).size < 3) return nothing('fewer than three different signals')
  if (!levels.some(({ varianceDn2 }) => varianceDn2 > 0)) return nothing('no variance is above 0')
  const freedom = levels.map(({ degreesOfFreedom }) => degreesOfFreedom ?? 1)
  const series = split
    ? [
        { model: TEMPORAL, variances: levels.map(({ varianceDn2 }) => varianceDn2) },
        { model: FIXED, variances: levels.map(({ fixedPatternVarianceDn2 }) => fixedPatternVarianceDn2!) }
      ]
    : [{ model: TOTAL, variances: levels.map(({ varianceDn2 }) => varianceDn2) }]
  const fits = series.map(({ model, variances }) => fitParts(model, signals, variances, freedom))
  const parts = Object.assign({}, ...fits.map(({ parts }) => parts)) as Record<string, number>
  const floor = split ? parts.fixedPatternFloor : null
  return {
    electronicNoiseDn: Math.sqrt(parts.electronic),
    quantumGainDn: parts.quantum,
    fixedPatternPercent: 100 * Math.sqrt(parts.fixedPattern),
    fixedPatternFloorDn: floor === null ? null : Math.sqrt(floor),
    levels: levels.map((level) => sharesOf(level, parts)),
    ...judge(fits, weighted),
    heldAtZero: fits.flatMap(({ heldAtZero }) => heldAtZero),
    unknown: explain(fits, split, weighted)
  }
}

function assertLevel({ signalDn, varianceDn2, fixedPatternVarianceDn2 = 0, degreesOfFreedom = 1 }: NoiseLevel, at: number): void {
  const refuse = (field: string, expected: string, received: number): never => {
    throw new OptionError({ subject: `level ${at}, ${field}`, expected, received: String(received) })
  }
  if (!Number.isFinite(signalDn)) refuse('signalDn', 'a finite signal', signalDn)
  if (!(varianceDn2 >= 0 && varianceDn2 < Infinity)) refuse('varianceDn2', 'a variance of at least 0', varianceDn2)
  if (!Number.isFinite(fixedPatternVarianceDn2)) refuse('fixedPatternVarianceDn2', 'a finite variance', fixedPatternVarianceDn2)
  if (!(degreesOfFreedom > 0 && degreesOfFreedom < Infinity)) refuse('degreesOfFreedom', 'a number above 0', degreesOfFreedom)
}

function carriedByAll(levels: readonly NoiseLevel[], field: 'fixedPatternVarianceDn2' | 'degreesOfFreedom'): boolean {
  const carried = levels.filter((level) => level[field] !== undefined).length
  if (carried === 0) return false
  if (carried === levels.length) return true
  throw new OptionError({ subject: 'levels', expected: `${field} at every level or at none`, received: `${carried} of ${levels.length}` })
}

interface PartFit {
  readonly parts: Record<string, number>
  readonly heldAtZero: readonly string[]
  readonly variances: readonly number[]
  readonly fitted: readonly number[]
  readonly weights: readonly number[]
  /** Levels less parts that were free. */
  readonly freedom: number
}

// The signals are scaled to 1 so that the normal equations stay well conditioned.
function fitParts({ names, powers }: Model, signals: readonly number[], variances: readonly number[], freedom: readonly number[]): PartFit {
  const scale = Math.max(...signals.map(Math.abs))
  const columns = powers.map((power) => signals.map((signal) => (signal / scale) ** power))
  const fittedBy = (parts: readonly number[]) => signals.map((_, at) => parts.reduce((sum, part, k) => sum + part * columns[k][at], 0))
  // A weight needs a variance above 0: that of the fit, not of the sample, or low samples would pull; not without limit
  // either, as the fixed pattern of a dark may be next to nothing and its estimate is not.
  const least = 1e-4 * Math.max(...variances.map(Math.abs), Number.MIN_VALUE)
  let expected = variances.map(() => 1)
  let solution = fitNonNegative(columns, variances, expected)
  let weights = expected
  for (let round = 0; round < 10; round++) {
    expected = fittedBy(solution.values)
    weights = freedom.map((degrees, at) => degrees / (2 * Math.max(expected[at], least) ** 2))
    solution = fitNonNegative(columns, variances, weights)
  }
  return {
    parts: Object.fromEntries(names.map((name, k) => [name, solution.values[k] / scale ** powers[k]])),
    heldAtZero: names.filter((_, k) => solution.held[k]),
    variances,
    fitted: fittedBy(solution.values),
    weights,
    freedom: signals.length - solution.held.filter((held) => !held).length
  }
}

function sharesOf({ signalDn, varianceDn2, fixedPatternVarianceDn2 = 0 }: NoiseLevel, parts: Record<string, number>): NoiseShares {
  const electronic = parts.electronic
  // A signal a hair below 0, as an offset-corrected dark may have, holds no negative quantum noise.
  const quantum = parts.quantum * Math.max(0, signalDn)
  const fixed = (parts.fixedPatternFloor ?? 0) + parts.fixedPattern * signalDn * signalDn
  const fitted = electronic + quantum + fixed
  const percent = (part: number) => (fitted > 0 ? (100 * part) / fitted : 0)
  return {
    signalDn,
    varianceDn2: varianceDn2 + fixedPatternVarianceDn2,
    fittedVarianceDn2: fitted,
    electronicPercent: percent(electronic),
    quantumPercent: percent(quantum),
    fixedPatternPercent: percent(fixed)
  }
}

function judge(fits: readonly PartFit[], weighted: boolean) {
  const freedom = fits.reduce((sum, fit) => sum + fit.freedom, 0)
  const chiSquare = fits.reduce((sum, fit) => sum + squares(fit, fit.fitted), 0)
  const spread = fits.reduce((sum, fit) => sum + squares(fit, constantOf(fit)), 0)
  const deviations = fits.flatMap(deviationsOf)
  return {
    rSquared: freedom > 0 && spread > 0 ? 1 - chiSquare / spread : null,
    reducedChiSquare: freedom > 0 && weighted ? chiSquare / freedom : null,
    largestDeviationPercent: freedom > 0 ? 100 * Math.max(...deviations) : null
  }
}

function deviationsOf({ variances, fitted }: PartFit): number[] {
  return fitted.flatMap((value, at) => (value > 0 ? [Math.abs(variances[at] / value - 1)] : []))
}

function squares({ variances, weights }: PartFit, expected: readonly number[]): number {
  return variances.reduce((sum, value, at) => sum + weights[at] * (value - expected[at]) ** 2, 0)
}

function constantOf({ variances, weights }: PartFit): number[] {
  const mean = variances.reduce((sum, value, at) => sum + weights[at] * value, 0) / weights.reduce((sum, weight) => sum + weight, 0)
  return variances.map(() => mean)
}

function explain(fits: readonly PartFit[], split: boolean, weighted: boolean): Unknowns {
  const exact = fits.every(({ freedom }) => freedom === 0)
  const reason = 'as many parts as levels: the fit is exact, nothing is left to judge it by'
  return {
    ...(split ? {} : { fixedPatternFloorDn: 'no fixed-pattern variances: what does not depend on the signal counts as electronic' }),
    ...(exact ? { rSquared: reason, largestDeviationPercent: reason, reducedChiSquare: reason } : {}),
    ...(exact || weighted ? {} : { reducedChiSquare: 'the degrees of freedom of the variances are unknown' })
  }
}

function nothing(reason: string): NoiseParts {
  const fields = [
    'electronicNoiseDn',
    'quantumGainDn',
    'fixedPatternPercent',
    'fixedPatternFloorDn',
    'rSquared',
    'reducedChiSquare',
    'largestDeviationPercent'
  ]
  return {
    electronicNoiseDn: null,
    quantumGainDn: null,
    fixedPatternPercent: null,
    fixedPatternFloorDn: null,
    levels: [],
    rSquared: null,
    reducedChiSquare: null,
    largestDeviationPercent: null,
    heldAtZero: [],
    unknown: Object.fromEntries(fields.map((field) => [field, reason]))
  }
}
