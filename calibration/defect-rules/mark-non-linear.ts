import { chiSquareQuantile } from '../../lib/kernels/statistics/chi-square-quantile.js'
import { medianOf } from '../../lib/kernels/median/median-of.js'
import { upperGamma } from '../../lib/kernels/statistics/upper-gamma.js'
import { DEFECT_FLAGS } from '../../lib/maps/defect-flags.js'
import { robustMedian } from '../../lib/maps/robust-median.js'
import type { StackSummary } from '../stack-summary.js'
import type { DefectContext } from './defect-context.js'
import { flagPixel } from './flag-pixel.js'
import { localLevels, WINDOW_RADIUS } from './local-levels.js'
import { clippingFactor } from './clipping-factor.js'
import { locationFactor } from './location-factor.js'

const FIT =
  'EMVA 1288 release 4.0 (2021), linearity: relative deviation from the fit; chi-square as in ESO HDRL, bad pixels from a sequence'
const SLOPE = 'positive slope at every level, without which no correction has an inverse; Kwan, Seibert, Boone, Med Phys 33, 2006'
/** Levels below which a line through the origin says no more than the rule on non-uniform pixels. */
const LEAST_LEVELS = 3
/** A deviation at one level counts from so many sd of that level on. */
const LEVEL_SIGMA = 3

/** One level of flats, in the order of signal. */
interface Level {
  readonly flat: StackSummary
  /** Signal that a pixel of response 1 has, relative to the first level given, around every pixel; null: 1 everywhere. */
  readonly local: Float32Array | null
  /** Sd of one frame expected of each pixel, DN. */
  readonly noise: Float32Array
  /** Variance of the combined frames over that of one. */
  readonly factor: number
}

/**
 * Non-linear: over three levels of flats or more, a pixel's signal does not follow a line through the origin, or over two and
 * more its signal does not rise.
 *
 * Fit y = m x per pixel with weights 1 / var(y); x is what the pixels around it show at that level, so that a bent read-out chip is
 * no matter of the pixel. Found is a pixel whose chi-square exceeds that of `nonLinearSigma` (the same probability at its degrees
 * of freedom, after the median chi-square of the panel is brought to its expectation) and which at some level deviates
 * from its fit by more than `nonLinearDeviation` and by more than 3 sd of that level. The signal rises when the difference of consecutive
 * levels exceeds `nonLinearSigma` sd; judged where it should be twice that. Levels in which a pixel saturates do not count for it; a
 * pixel that is left with fewer is not judged. What is found must deviate from every window of pixels around it, so that the seam
 * of two chips is no fault of the pixels beside it.
 * @see EMVA Standard 1288, release 4.0, 2021, linearity error
 */
export function markNonLinear(context: DefectContext): void {
  const { flats, options, noise, rules, warnings } = context
  const { nonLinearDeviation, nonLinearSigma } = options
  if ((nonLinearDeviation === null && nonLinearSigma === null) || flats.length < 2) return
  const unknown = flats.findIndex((_, l) => noise!.flats[l] === null)
  if (unknown >= 0) {
    rules.push({ name: 'nonLinear', threshold: null, unit: 'relative to the fit', source: FIT, found: 0 })
    warnings.push(`flats ${unknown + 1}: the noise of one frame is unknown, non-linear pixels cannot be found`)
    return
  }
  const levels = levelsOf(context)
  markFalling(context, levels, nonLinearSigma ?? LEVEL_SIGMA)
  if (levels.length >= LEAST_LEVELS) markBent(context, levels)
}

function levelsOf(context: DefectContext): Level[] {
  const { flats, levels, noise, scratch } = context
  const order = flats.map((_, l) => l).sort((a, b) => levels[a] - levels[b])
  return order.map((l): Level => {
    const local = l === 0 ? null : localLevels(context, flats[l], levels[l])
    return { flat: flats[l], local, noise: noise!.flats[l]!, factor: locationFactor(flats[l], scratch) }
  })
}

/** Variance of the combined signal, with that of the offset that was taken from it, DN^2. */
function varianceAt({ darks, noise }: DefectContext, { flat, noise: sd, factor }: Level, i: number): number {
  const dark = noise!.darks === null ? 0 : noise!.darks[i]
  return sd[i] * sd[i] * factor * clippingFactor(flat, factor, i) + (dark * dark) / darks.frames
}

function isUsable({ flat }: Level, i: number): boolean {
  const value = flat.location[i]
  return flat.saturated[i] === 0 && value - value === 0
}

function markFalling(context: DefectContext, levels: readonly Level[], sigma: number): void {
  const {
    defects: { data },
    bad,
    flats,
    rules,
    scratch
  } = context
  const first = flats[0].location
  const shares = scratch.take().fill(0)
  let found = 0
  for (let i = 0; i < data.length; i++) {
    if ((data[i] & DEFECT_FLAGS.dead) !== 0 || !(first[i] > 0)) continue
    let before: Level | null = null
    let falls = false
    for (const level of levels) {
      if (!isUsable(level, i)) continue
      if (before !== null) {
        const low = before.local === null ? 1 : before.local[i]
        const high = level.local === null ? 1 : level.local[i]
        // The step that the signal below it promises, by what the pixels around do.
        const expected = before.flat.location[i] * (high / low - 1)
        const limit = sigma * Math.sqrt(varianceAt(context, level, i) + varianceAt(context, before, i))
        if (expected > 2 * limit && level.flat.location[i] - before.flat.location[i] <= limit) falls = true
        if (expected > 0) shares[i] = Math.max(shares[i], limit / expected)
      }
      before = level
    }
    if (!falls) continue
    found += flagPixel(context, i, DEFECT_FLAGS.nonLinear)
  }
  const smallest = robustMedian(shares, bad)
  scratch.give(shares)
  rules.push({
    name: 'nonLinear (slope)',
    threshold: 0,
    unit: 'slope, relative to the pixels around',
    source: SLOPE,
    found,
    smallestVisible: smallest
  })
}

function markBent(context: DefectContext, levels: readonly Level[]): void {
  const {
    defects: { data },
    bad,
    options,
    rules,
    flats,
    scratch
  } = context
  const { nonLinearDeviation, nonLinearSigma } = options
  const first = flats[0].location
  const chi = scratch.take().fill(0)
  const worst = scratch.take().fill(0)
  const degrees = new Uint8Array(data.length)
  const fit: Fit = { chi: 0, worst: 0, count: 0 }
  for (let i = 0; i < data.length; i++) {
    if ((data[i] & DEFECT_FLAGS.dead) !== 0 || !(first[i] > 0)) continue
    fitAt(context, levels, i, i, fit)
    if (fit.count < LEAST_LEVELS) continue
    chi[i] = fit.chi
    worst[i] = fit.worst
    degrees[i] = Math.min(255, fit.count - 1)
  }
  const inflation = inflationOf(chi, degrees, bad, levels.length - 1)
  const p = nonLinearSigma === null ? 1 : upperGamma(0.5, (nonLinearSigma * nonLinearSigma) / 2)
  const limits = Float64Array.from({ length: levels.length }, (_, d) => (d < 1 || p === 1 ? 0 : inflation * chiSquareQuantile(d, p)))
  const least = nonLinearDeviation ?? 0
  let found = 0
  for (let i = 0; i < data.length; i++) {
    const limit = limits[degrees[i]]
    if (degrees[i] === 0 || !(chi[i] > limit && worst[i] > least) || !deviatesFromAll(context, levels, i, limit, least, fit)) continue
    found += flagPixel(context, i, DEFECT_FLAGS.nonLinear)
  }
  scratch.give(chi, worst)
  const visible = smallestVisible(context, levels, limits[levels.length - 1])
  const record = { name: 'nonLinear (fit)', source: FIT, found }
  if (nonLinearDeviation === null)
    rules.push({ ...record, threshold: visible, unit: 'relative to the fit, at one level', smallestVisible: visible })
  else rules.push({ ...record, threshold: nonLinearDeviation, unit: 'relative to the fit', smallestVisible: Math.max(least, visible) })
  if (!(visible > least * 1.001) || least === 0) return
  const percent = (100 * visible).toPrecision(2)
  context.warnings.push(`too few flats to see ${100 * least} % deviations from a line; non-linear pixels are found from ${percent} %`)
}

/** What the fit of one pixel says; overwritten for the next. */
interface Fit {
  chi: number
  /** Largest relative deviation of a level that is significant by itself. */
  worst: number
  /** Levels that took part. */
  count: number
}

/** Fit pixel i against what the pixels around `at` show. */
function fitAt(context: DefectContext, levels: readonly Level[], i: number, at: number, fit: Fit): void {
  let products = 0
  let squares = 0
  fit.count = 0
  fit.chi = 0
  fit.worst = 0
  for (const level of levels) {
    if (!isUsable(level, i)) continue
    const x = level.local === null ? 1 : level.local[at]
    const weight = x / varianceAt(context, level, i)
    products += weight * level.flat.location[i]
    squares += weight * x
    fit.count++
  }
  const slope = products / squares
  for (const level of levels) {
    if (!isUsable(level, i)) continue
    const expected = slope * (level.local === null ? 1 : level.local[at])
    const variance = varianceAt(context, level, i)
    const residual = level.flat.location[i] - expected
    const square = residual * residual
    fit.chi += square / variance
    const relative = Math.abs(residual / expected)
    if (square > LEVEL_SIGMA * LEVEL_SIGMA * variance && relative > fit.worst) fit.worst = relative
  }
}

/**
 * True when the pixel deviates whichever pixels around it are compared: beside the seam of two chips that bend differently the
 * window around a pixel holds both, and one of the windows four pixels away holds its own chip only.
 */
function deviatesFromAll(context: DefectContext, levels: readonly Level[], i: number, limit: number, least: number, fit: Fit): boolean {
  const [rows, cols] = context.shape
  const row = Math.floor(i / cols)
  const col = i - row * cols
  for (let r = row - WINDOW_RADIUS; r <= row + WINDOW_RADIUS; r += WINDOW_RADIUS) {
    for (let c = col - WINDOW_RADIUS; c <= col + WINDOW_RADIUS; c += WINDOW_RADIUS) {
      if (r < 0 || r >= rows || c < 0 || c >= cols) continue
      fitAt(context, levels, i, r * cols + c, fit)
      if (!(fit.chi > limit && fit.worst > least)) return false
    }
  }
  return true
}

/** By what the noise of these frames, or what all pixels do, exceeds the noise expected, as a factor on chi-square; 1 or more. */
function inflationOf(chi: Float32Array, degrees: Uint8Array, bad: Uint8Array, full: number): number {
  const values = new Float32Array(chi.length)
  let count = 0
  for (let i = 0; i < chi.length; i++) if (bad[i] === 0 && degrees[i] === full) values[count++] = chi[i]
  const ratio = medianOf(values, count) / chiSquareQuantile(full, 0.5)
  return ratio > 1 ? ratio : 1
}

/** Deviation at the most favourable single level that brings the typical pixel to the limit: delta^2 (1 - h) / sigma^2. */
function smallestVisible(context: DefectContext, levels: readonly Level[], limit: number): number {
  const relative = levels.map((level) => {
    const noise = robustMedian(level.noise, context.bad) * Math.sqrt(level.factor)
    return noise / robustMedian(level.flat.location, context.bad)
  })
  const weights = relative.map((sigma) => 1 / (sigma * sigma))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return Math.min(...relative.map((sigma, k) => sigma * Math.sqrt(limit / (1 - weights[k] / total))))
}
