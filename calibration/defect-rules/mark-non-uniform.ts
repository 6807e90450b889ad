import { medianFilter } from '../../lib/kernels/median/median-filter.js'
import { divide } from '../../lib/kernels/map/divide.js'
import { nextOutside } from '../../lib/kernels/map/next-outside.js'
import { DEFECT_FLAGS } from '../../lib/maps/defect-flags.js'
import { robustMedian } from '../../lib/maps/robust-median.js'
import { robustScale } from '../../lib/maps/robust-scale.js'
import { inParts } from '../in-parts.js'
import type { StackSummary } from '../stack-summary.js'
import type { DefectContext } from './defect-context.js'
import { CLIPPED, clippingFactor } from './clipping-factor.js'
import { flagPixel } from './flag-pixel.js'
import { locationFactor } from './location-factor.js'
import type { ScratchMaps } from './scratch-maps.js'
import { unusablePixels } from './unusable-pixels.js'

const SOURCE = 'ASTM E2597/E2597M-14, non-uniform pixel: 1 % of the median of its 9 x 9 neighbours'
const GLOBAL = 'PerkinElmer XRD 1621, underperforming pixels: corrected flat outside 0.98 to 1.02 of its median'
const RADIUS = 4
/** One pixel in 200 lies lower, in sd. */
const RELIABLE = 2.576

/**
 * Non-uniform: corrected flat deviates from its 9 x 9 median by more than 1 % and by more than 5.32 sd of its noise.
 *
 * A gain map is never tested on the frames that made it, where it is perfect by construction: the even frames of the
 * first level give a gain for its odd frames, and all of the first level one for every further level. A constant gain
 * deviation is corrected and rightly invisible; what is found responds differently with level or from frame to frame.
 * The noise is that expected of a good pixel for both parts, and not less than the spread of the result. Where 5.32 sd
 * exceed 1 % a warning gives the smallest visible deviation. Pixels that saturate are not judged.
 * @see ASTM E2597/E2597M-14
 */
export function markNonUniform(context: DefectContext): void {
  const { flats, noise, scratch } = context
  const [first, ...others] = flats
  const expected = noise!.flats[0]
  if (first.evenHalf === null || first.oddHalf === null || expected === null) {
    skip(context, 'flats 1', `${first.frames} frames cannot be parted into gain and test, non-uniform pixels cannot be found there`)
  } else {
    const relative = relativeNoise(first, expected, 1 / Math.ceil(first.frames / 2) + 1 / Math.floor(first.frames / 2), scratch)
    test(context, 'flats 1', first.oddHalf, first.evenHalf, relative, [first])
    scratch.give(relative)
  }
  others.forEach((other, k) => {
    const where = `flats ${k + 2}`
    const otherNoise = noise!.flats[k + 1]
    if (expected === null || otherNoise === null) {
      skip(context, where, 'the noise of one frame is unknown, pixels that change with level cannot be found')
      return
    }
    const relative = relativeNoise(other, otherNoise, locationFactor(other, scratch), scratch)
    const gainNoise = relativeNoise(first, expected, locationFactor(first, scratch), scratch)
    inParts(relative.length, (from, to) => addInQuadrature(relative, gainNoise, from, to))
    scratch.give(gainNoise)
    test(context, where, other.location, first.location, relative, [first, other])
    scratch.give(relative)
  })
}

function skip({ rules, warnings }: DefectContext, where: string, why: string): void {
  rules.push({ name: `nonUniform (${where})`, threshold: null, unit: 'relative to the 9 x 9 median', source: SOURCE, found: 0 })
  warnings.push(`${where}: ${why}`)
}

/** Relative sd of an average of frames of a stack: single-frame sd / signal times the root of `factor`, more where values were clipped. */
function relativeNoise(stack: StackSummary, sd: Float32Array, factor: number, scratch: ScratchMaps): Float32Array {
  const { location } = stack
  const combination = locationFactor(stack, scratch)
  const out = scratch.take()
  inParts(out.length, (from, to) => relativeNoiseTo(stack, sd, location, factor, combination, out, from, to))
  return out
}

function relativeNoiseTo(
  stack: StackSummary,
  sd: Float32Array,
  location: Float32Array,
  factor: number,
  combination: number,
  out: Float32Array,
  from: number,
  to: number
): void {
  const root = Math.sqrt(factor)
  const clippedRoot = Math.sqrt(factor * CLIPPED)
  for (let i = from; i < to; i++) {
    if (clippingFactor(stack, combination, i) === 1) out[i] = (root * sd[i]) / location[i]
    else out[i] = (clippedRoot * sd[i]) / location[i]
  }
}

function addInQuadrature(values: Float32Array, others: Float32Array, from: number, to: number): void {
  for (let i = from; i < to; i++) values[i] = Math.sqrt(values[i] ** 2 + others[i] ** 2)
}

function test(
  context: DefectContext,
  where: string,
  signal: Float32Array,
  gainSignal: Float32Array,
  noise: Float32Array,
  stacks: readonly StackSummary[]
): void {
  const { shape, bad, options, rules, warnings, scratch } = context
  const nonUniformDeviation = options.nonUniformDeviation ?? 0
  const { nonUniformGlobal, nonUniformSigma } = options
  const excluded = unusablePixels(bad, stacks)
  const corrected = scratch.take()
  const deviation = scratch.take()
  // The corrected flat is wanted once more where the limit of the panel is in use.
  const inSigma = nonUniformGlobal === null ? corrected : scratch.take()
  inParts(corrected.length, (from, to) => divide(signal, gainSignal, corrected, from, to))
  medianFilter(corrected, excluded, shape[0], shape[1], RADIUS, RADIUS, deviation)
  inParts(corrected.length, (from, to) => deviationsTo(corrected, noise, deviation, inSigma, from, to))
  const inflation = Math.max(1, robustScale(inSigma, excluded).sigma || 1)
  const reach = nonUniformSigma * inflation
  // Without a deviation of the standard the rule is the sigma alone; with the global one alone it rests.
  const local9 = options.nonUniformDeviation !== null || nonUniformGlobal === null
  const found = local9 ? markLocal(context, deviation, inSigma, noise, nonUniformDeviation, reach, excluded) : 0
  inParts(noise.length, (from, to) => limitsTo(noise, nonUniformDeviation, reach, inSigma, from, to))
  const smallestVisible = robustMedian(inSigma, excluded)
  const scatter = robustMedian(noise, excluded) * inflation
  const name = `nonUniform (${where})`
  const reliablyFound = smallestVisible + RELIABLE * scatter
  const record = { name, unit: 'relative to the 9 x 9 median', source: SOURCE }
  if (local9) rules.push({ ...record, threshold: options.nonUniformDeviation ?? smallestVisible, found, smallestVisible, reliablyFound })
  if (nonUniformGlobal !== null) markGlobal(context, where, corrected, excluded, nonUniformGlobal, scatter)
  scratch.give(corrected, deviation, ...(inSigma === corrected ? [] : [inSigma]))
  if (nonUniformDeviation > 0 && smallestVisible > nonUniformDeviation * 1.001) {
    const percent = (100 * smallestVisible).toPrecision(2)
    warnings.push(
      `${where}: too few frames to see ${100 * nonUniformDeviation} % deviations; non-uniform pixels are found from ${percent} %`
    )
  }
}

/** Relative deviations in place of the local medians, and what they are in sd of their noise. */
function deviationsTo(
  corrected: Float32Array,
  noise: Float32Array,
  deviation: Float32Array,
  inSigma: Float32Array,
  from: number,
  to: number
): void {
  for (let i = from; i < to; i++) {
    const stored = Math.fround(corrected[i] / deviation[i] - 1)
    deviation[i] = stored
    inSigma[i] = stored / noise[i]
  }
}

function limitsTo(noise: Float32Array, least: number, reach: number, out: Float32Array, from: number, to: number): void {
  for (let i = from; i < to; i++) out[i] = Math.max(least, reach * noise[i])
}

/** Flag what deviates by more than `least` and by more than `reach` sd of its noise; the noise of what is judged is above 0. */
function markLocal(
  context: DefectContext,
  deviation: Float32Array,
  inSigma: Float32Array,
  noise: Float32Array,
  least: number,
  reach: number,
  excluded: Uint8Array
): number {
  // What lies within one limit, less what rounding may do, lies within both.
  const [values, size] = least > 0 ? [deviation, least] : [inSigma, reach]
  const limit = size * (1 - 1e-6)
  let found = 0
  for (let i = nextOutside(values, -limit, limit, 0); i < values.length; i = nextOutside(values, -limit, limit, i + 1)) {
    if (excluded[i] !== 0 || !(Math.abs(deviation[i]) > Math.fround(Math.max(least, reach * noise[i])))) continue
    found += flagPixel(context, i, DEFECT_FLAGS.nonUniform)
  }
  return found
}

/** Deviation of the corrected flat from its panel median, guarded by its noise as the local one is. */
function markGlobal(
  context: DefectContext,
  where: string,
  corrected: Float32Array,
  excluded: Uint8Array,
  threshold: number,
  scatter: number
): void {
  const median = robustMedian(corrected, excluded)
  const limit = Math.max(threshold, context.options.nonUniformSigma * scatter)
  let found = 0
  const most = Math.fround(limit)
  for (let i = 0; i < corrected.length; i++) {
    if (excluded[i] !== 0 || !(Math.abs(Math.fround(corrected[i] / median - 1)) > most)) continue
    found += flagPixel(context, i, DEFECT_FLAGS.nonUniform)
  }
  const record = { name: `nonUniform (${where}, panel)`, unit: 'relative to the median of the panel', source: GLOBAL }
  context.rules.push({ ...record, threshold, found, smallestVisible: limit, reliablyFound: limit + RELIABLE * scatter })
}
