import { medianFilter } from '../../lib/kernels/median-filter.js'
import { DEFECT_FLAGS } from '../../lib/maps/defect-flags.js'
import { robustMedian } from '../../lib/maps/robust-median.js'
import { robustScale } from '../../lib/maps/robust-scale.js'
import type { StackSummary } from '../stack-summary.js'
import type { DefectContext } from './defect-context.js'
import { clippingFactor } from './clipping-factor.js'
import { locationFactor } from './location-factor.js'

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
  const { flats, noise } = context
  const [first, ...others] = flats
  const expected = noise!.flats[0]
  if (first.evenHalf === null || first.oddHalf === null || expected === null) {
    skip(context, 'flats 1', `${first.frames} frames cannot be parted into gain and test, non-uniform pixels cannot be found there`)
  } else {
    const relative = relativeNoise(first, expected, 1 / Math.ceil(first.frames / 2) + 1 / Math.floor(first.frames / 2))
    test(context, 'flats 1', first.oddHalf, first.evenHalf, relative, first, first)
  }
  others.forEach((other, k) => {
    const where = `flats ${k + 2}`
    const otherNoise = noise!.flats[k + 1]
    if (expected === null || otherNoise === null) {
      skip(context, where, 'the noise of one frame is unknown, pixels that change with level cannot be found')
      return
    }
    const relative = relativeNoise(other, otherNoise, locationFactor(other))
    const gainNoise = relativeNoise(first, expected, locationFactor(first))
    for (let i = 0; i < relative.length; i++) relative[i] = Math.sqrt(relative[i] ** 2 + gainNoise[i] ** 2)
    test(context, where, other.location, first.location, relative, first, other)
  })
}

function skip({ rules, warnings }: DefectContext, where: string, why: string): void {
  rules.push({ name: `nonUniform (${where})`, threshold: null, unit: 'relative to the 9 x 9 median', source: SOURCE, found: 0 })
  warnings.push(`${where}: ${why}`)
}

/** Relative sd of an average of frames of a stack: single-frame sd / signal times the root of `factor`, more where values were clipped. */
function relativeNoise(stack: StackSummary, sd: Float32Array, factor: number): Float32Array {
  const { location } = stack
  const combination = locationFactor(stack)
  const out = new Float32Array(location.length)
  for (let i = 0; i < out.length; i++) out[i] = (Math.sqrt(factor * clippingFactor(stack, combination, i)) * sd[i]) / location[i]
  return out
}

function test(
  context: DefectContext,
  where: string,
  signal: Float32Array,
  gainSignal: Float32Array,
  noise: Float32Array,
  first: StackSummary,
  other: StackSummary
): void {
  const { shape, bad, options, rules, warnings } = context
  const nonUniformDeviation = options.nonUniformDeviation ?? 0
  const { nonUniformGlobal, nonUniformSigma } = options
  const { length } = signal
  const excluded = new Uint8Array(length)
  const corrected = new Float32Array(length)
  for (let i = 0; i < length; i++) {
    excluded[i] = bad[i] !== 0 || first.saturated[i] !== 0 || other.saturated[i] !== 0 ? 1 : 0
    corrected[i] = signal[i] / gainSignal[i]
  }
  const deviation = new Float32Array(length)
  const limits = new Float32Array(length)
  medianFilter(corrected, excluded, shape[0], shape[1], RADIUS, RADIUS, deviation)
  for (let i = 0; i < length; i++) {
    // In place of the medians; and, until the scale is known, in place of the limits.
    deviation[i] = corrected[i] / deviation[i] - 1
    limits[i] = deviation[i] / noise[i]
  }
  const inflation = Math.max(1, robustScale(limits, excluded).sigma || 1)
  for (let i = 0; i < length; i++) limits[i] = Math.max(nonUniformDeviation, nonUniformSigma * inflation * noise[i])
  // Without a deviation of the standard the rule is the sigma alone; with the global one alone it rests.
  const local9 = options.nonUniformDeviation !== null || nonUniformGlobal === null
  const found = local9 ? mark(context, deviation, limits, excluded) : 0
  const smallestVisible = robustMedian(limits, excluded)
  const scatter = robustMedian(noise, excluded) * inflation
  const name = `nonUniform (${where})`
  const reliablyFound = smallestVisible + RELIABLE * scatter
  const record = { name, unit: 'relative to the 9 x 9 median', source: SOURCE }
  if (local9) rules.push({ ...record, threshold: options.nonUniformDeviation ?? smallestVisible, found, smallestVisible, reliablyFound })
  if (nonUniformGlobal !== null) markGlobal(context, where, corrected, excluded, nonUniformGlobal, scatter)
  if (nonUniformDeviation > 0 && smallestVisible > nonUniformDeviation * 1.001) {
    const percent = (100 * smallestVisible).toPrecision(2)
    warnings.push(`${where}: too few frames to see ${100 * nonUniformDeviation} % deviations; non-uniform pixels are found from ${percent} %`)
  }
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
  const deviation = corrected.map((value) => value / median - 1)
  const found = mark(context, deviation, new Float32Array(deviation.length).fill(limit), excluded)
  const record = { name: `nonUniform (${where}, panel)`, unit: 'relative to the median of the panel', source: GLOBAL }
  context.rules.push({ ...record, threshold, found, smallestVisible: limit, reliablyFound: limit + RELIABLE * scatter })
}

function mark({ defects: { data } }: DefectContext, deviation: Float32Array, limits: Float32Array, excluded: Uint8Array): number {
  let found = 0
  for (let i = 0; i < data.length; i++) {
    if (excluded[i] !== 0 || !(Math.abs(deviation[i]) > limits[i])) continue
    data[i] |= DEFECT_FLAGS.nonUniform
    found++
  }
  return found
}
