import { chiSquareQuantile } from '../../lib/kernels/statistics/chi-square-quantile.js'
import { nextAbove } from '../../lib/kernels/map/next-above.js'
import { nextOutside } from '../../lib/kernels/map/next-outside.js'
import { DEFECT_FLAGS } from '../../lib/maps/defect-flags.js'
import { robustMedian } from '../../lib/maps/robust-median.js'
import type { StackSummary } from '../stack-summary.js'
import type { DefectContext } from './defect-context.js'
import { flagPixel } from './flag-pixel.js'

const STATISTICAL = 'chi-square limit of s / sigma for n frames; ASTM E2597/E2597M-14 for the class'
const STANDARD = 'ASTM E2597/E2597M-14, noisy pixel: 6 x the median sd of the panel, without radiation'
const EXPOSED = 'PerkinElmer XRD 1621, underperforming pixels: 6 x the median sd, in bright frames too'
/** Frames that the standard wants for its noise test. */
const STANDARD_FRAMES = 30
/** A pixel is found reliably when chance hides it in one case of 200. */
const MISSED = 0.005

/**
 * Noisy: unclipped single-frame sd too large, in the darks and in every level of flats.
 *
 * Statistical: s / sigma above the value that a Gaussian pixel exceeds over n frames with probability 1e-6 (shared
 * among the stacks), and above 1.5; sigma is the noise expected at that place and signal. Standard: s above 6 times the
 * panel's median, in the darks, and where the preset says so in the flats. A pixel that saturates in a level is not judged
 * there. A stack of one frame has no noise: the rule rests with a warning.
 * @see ASTM E2597/E2597M-14
 */
export function markNoisy(context: DefectContext): void {
  const { darks, flats, noise, options } = context
  const { noisyProbability, noisyFactor, noisyE2597Factor, noisyExposedFactor } = options
  const stacks = [darks, ...flats].filter(({ sd }) => sd !== null).length
  if (noisyProbability !== null || noisyFactor !== null) {
    const p = noisyProbability === null ? null : noisyProbability / Math.max(1, stacks)
    markStatistical(context, darks, noise!.darks, p, 'darks')
    flats.forEach((flat, l) => markStatistical(context, flat, noise!.flats[l], p, `flats ${l + 1}`))
  }
  if (noisyE2597Factor !== null) markStandard(context, darks, noisyE2597Factor, 'darks', STANDARD)
  if (noisyExposedFactor !== null) flats.forEach((flat, l) => markStandard(context, flat, noisyExposedFactor, `flats ${l + 1}`, EXPOSED))
}

function markStatistical(
  context: DefectContext,
  stack: StackSummary,
  expected: Float32Array | null,
  p: number | null,
  where: string
): void {
  const { options } = context
  const { sd, frames } = stack
  const rule = { name: `noisy (${where})`, unit: 'x expected sd', source: STATISTICAL }
  if (sd === null || expected === null) {
    context.rules.push({ ...rule, threshold: null, found: 0 })
    context.warnings.push(`${where}: one frame shows no noise, noisy pixels cannot be found there`)
    return
  }
  const limit = p === null ? 0 : sdQuantile(frames, p)
  const threshold = Math.max(limit, options.noisyFactor ?? 0)
  const found = mark(context, sd, threshold, expected, stack.saturated)
  context.rules.push({ ...rule, threshold, found, smallestVisible: threshold, reliablyFound: threshold / sdQuantile(frames, 1 - MISSED) })
}

function markStandard(context: DefectContext, stack: StackSummary, threshold: number, where: string, source: string): void {
  const { bad, quantum, rules, warnings } = context
  const { sd, frames } = stack
  const rule = { name: `noisy (${where})`, unit: 'x median sd', source }
  if (sd === null) {
    rules.push({ ...rule, threshold: null, found: 0 })
    warnings.push(`${where}: one frame shows no noise, noisy pixels cannot be found there`)
    return
  }
  const limit = threshold * Math.max(robustMedian(sd, bad), quantum / 2)
  const found = mark(context, sd, limit, null, where === 'darks' ? null : stack.saturated)
  const reliablyFound = threshold / sdQuantile(frames, 1 - MISSED)
  rules.push({ ...rule, threshold, found, smallestVisible: threshold, reliablyFound })
  if (frames < STANDARD_FRAMES) {
    const least = reliablyFound.toPrecision(2)
    const wanted = `the rule of ${threshold} x the median noise wants ${STANDARD_FRAMES} to 100`
    warnings.push(`${where}: ${frames} frames, ${wanted}: 99.5 % of such pixels are found from ${least} x on only`)
  }
}

/** Ratio s / sigma that the sd of `frames` Gaussian values exceeds with probability p. */
function sdQuantile(frames: number, p: number): number {
  return Math.sqrt(chiSquareQuantile(frames - 1, p) / (frames - 1))
}

/** Flag what exceeds limit * expected (1 where nothing is expected of single pixels). */
function mark(
  context: DefectContext,
  sd: Float32Array,
  limit: number,
  expected: Float32Array | null,
  saturated: Uint16Array | null
): number {
  const { data } = context.defects
  const next = (from: number): number =>
    expected === null ? nextOutside(sd, -Infinity, limit, from) : nextAbove(sd, expected, limit, from)
  let found = 0
  for (let i = next(0); i < data.length; i = next(i + 1)) {
    if (expected === null && !(sd[i] > limit)) continue
    if ((saturated !== null && saturated[i] !== 0) || (data[i] & DEFECT_FLAGS.dead) !== 0) continue
    found += flagPixel(context, i, DEFECT_FLAGS.noisy)
  }
  return found
}
