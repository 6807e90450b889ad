import { chiSquareQuantile } from '../../lib/kernels/chi-square-quantile.js'
import { DEFECT_FLAGS } from '../../lib/maps/defect-flags.js'
import type { StackSummary } from '../stack-summary.js'
import type { DefectContext } from './defect-context.js'

/** Three switches all hidden by noise of sqrt2 sigma in one case of 200: 0.171 each, z = 0.950. */
const THREE_SWITCHES = 1.344

const SOURCE = 'random telegraph test on consecutive differences; Bonferroni over n - 1 differences'

/**
 * Unstable: a frame-to-frame difference above z sqrt2 sigma, in the darks or in any level of flats.
 *
 * z is the two-sided Gaussian quantile of p / (n - 1), p = 1e-6 shared among the stacks; sigma is the noise expected at
 * that place and signal, never the pixel's own, which flickering inflates. A pixel that saturates in a level is not judged there.
 * @see Dunn, Multiple comparisons among means, JASA 56, 1961, for p / (n - 1)
 */
export function markUnstable(context: DefectContext): void {
  const { darks, flats, noise, options } = context
  if (options.unstableProbability === null) return
  const p = options.unstableProbability / [darks, ...flats].filter(({ maxStep }) => maxStep !== null).length
  mark(context, darks, noise!.darks, p, 'darks')
  flats.forEach((flat, l) => mark(context, flat, noise!.flats[l], p, `flats ${l + 1}`))
}

function mark(context: DefectContext, stack: StackSummary, expected: Float32Array | null, p: number, where: string): void {
  const { defects } = context
  const { maxStep, frames, saturated } = stack
  const rule = { name: `unstable (${where})`, unit: 'x expected sd', source: SOURCE }
  if (maxStep === null || expected === null) {
    context.rules.push({ ...rule, threshold: null, found: 0 })
    context.warnings.push(`${where}: one frame shows no change, unstable pixels cannot be found there`)
    return
  }
  const threshold = Math.sqrt(2 * chiSquareQuantile(1, p / (frames - 1)))
  const { data } = defects
  let found = 0
  for (let i = 0; i < data.length; i++) {
    if (!(maxStep[i] > threshold * expected[i]) || saturated[i] !== 0 || (data[i] & DEFECT_FLAGS.dead) !== 0) continue
    data[i] |= DEFECT_FLAGS.unstable
    found++
  }
  context.rules.push({ ...rule, threshold, found, smallestVisible: threshold, reliablyFound: threshold + THREE_SWITCHES })
}
