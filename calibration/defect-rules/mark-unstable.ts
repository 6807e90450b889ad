import { chiSquareQuantile } from '../../lib/kernels/statistics/chi-square-quantile.js'
import { nextAbove } from '../../lib/kernels/map/next-above.js'
import { DEFECT_FLAGS } from '../../lib/maps/defect-flags.js'
import type { StackSummary } from '../stack-summary.js'
import type { DefectContext } from './defect-context.js'
import { flagPixel } from './flag-pixel.js'
import { switchingLimit } from './switching-limit.js'

/** Three switches all hidden by noise of sqrt2 sigma in one case of 200: 0.171 each, z = 0.950. */
const ANY_OF_THREE = 1.344
/** One of three switches hidden by noise of sqrt2 sigma in one case of 200: 0.00167 each, z = 2.935. */
const ALL_OF_THREE = 4.151

const SOURCE = 'random telegraph test on consecutive differences; Bonferroni over n - 1 differences'
const SWITCHING = 'random telegraph test on the third largest of the consecutive differences; derived here'
const UNIT = 'x expected sd'

/**
 * Unstable: a frame-to-frame difference too large for noise, in the darks or in any level of flats, or three differences, in
 * the darks, too large for noise together.
 *
 * The largest difference must exceed z sqrt2 sigma, z the two-sided Gaussian quantile of p / (n - 1): that finds even one change, a
 * spike as well. The third largest must exceed the lower limit of `switchingLimit`: that finds the pixel which switches
 * three times and more, and no spike. p = 1e-6 is shared among all these tests; sigma is the noise expected at that place and
 * signal, never the pixel's own, which flickering inflates. A pixel that saturates in a level is not judged there.
 * @see Dunn, Multiple comparisons among means, JASA 56, 1961, for p / (n - 1)
 */
export function markUnstable(context: DefectContext): void {
  const { darks, flats, noise, options } = context
  if (options.unstableProbability === null) return
  const { thirdStep = null } = darks
  const switching = thirdStep !== null && noise!.darks !== null && darks.frames > 3
  const tests = [darks, ...flats].filter(({ maxStep }) => maxStep !== null).length + (switching ? 1 : 0)
  const p = options.unstableProbability / Math.max(1, tests)
  markSteps(context, darks, noise!.darks, p, 'darks')
  flats.forEach((flat, l) => markSteps(context, flat, noise!.flats[l], p, `flats ${l + 1}`))
  if (!switching) return
  const threshold = switchingLimit(darks.frames, p)
  const found = mark(context, darks, thirdStep, threshold, noise!.darks!)
  const rule = { name: 'unstable, switching (darks)', unit: UNIT, source: SWITCHING, found }
  context.rules.push({ ...rule, threshold, smallestVisible: threshold, reliablyFound: threshold + ALL_OF_THREE })
}

function markSteps(context: DefectContext, stack: StackSummary, expected: Float32Array | null, p: number, where: string): void {
  const { maxStep, frames } = stack
  const rule = { name: `unstable (${where})`, unit: UNIT, source: SOURCE }
  if (maxStep === null || expected === null) {
    context.rules.push({ ...rule, threshold: null, found: 0 })
    context.warnings.push(`${where}: one frame shows no change, unstable pixels cannot be found there`)
    return
  }
  const threshold = Math.sqrt(2 * chiSquareQuantile(1, p / (frames - 1)))
  const found = mark(context, stack, maxStep, threshold, expected)
  context.rules.push({ ...rule, threshold, found, smallestVisible: threshold, reliablyFound: threshold + ANY_OF_THREE })
}

function mark(context: DefectContext, { saturated }: StackSummary, steps: Float32Array, limit: number, expected: Float32Array): number {
  const { data } = context.defects
  let found = 0
  for (let i = nextAbove(steps, expected, limit, 0); i < data.length; i = nextAbove(steps, expected, limit, i + 1)) {
    if (saturated[i] !== 0 || (data[i] & DEFECT_FLAGS.dead) !== 0) continue
    found += flagPixel(context, i, DEFECT_FLAGS.unstable)
  }
  return found
}
