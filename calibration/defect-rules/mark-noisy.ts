import { chiSquareQuantile } from '../../lib/kernels/chi-square-quantile.js'
import { DEFECT_FLAGS } from '../../lib/maps/defect-flags.js'
import { robustScale } from '../../lib/maps/robust-scale.js'
import type { StackSummary } from '../stack-summary.js'
import type { DefectContext } from './defect-context.js'

const STATISTICAL = 'chi-square limit of s / sigma for n frames; ASTM E2597/E2597M-14 for the class'
const STANDARD = 'ASTM E2597/E2597M-14, noisy pixel: 6 x the median sd of the panel, without radiation'

/**
 * Noisy: unclipped single-frame sd too large, in the darks and in every level of flats.
 *
 * `statistical`: s / sigma above the value that a Gaussian pixel exceeds over n frames with probability 1e-6 (shared
 * among the stacks), and above 1.5; sigma is the noise expected at that place and signal. `e2597`: s above 6 times the
 * panel's median, darks only. A pixel that saturates in a level is not judged there. A stack of one frame has no noise:
 * the rule rests with a warning.
 * @see ASTM E2597/E2597M-14
 */
export function markNoisy(context: DefectContext): void {
  const { darks, flats, noise, options } = context
  if (options.noisyRule === 'e2597') {
    markStandard(context)
    return
  }
  const p = options.noisyProbability / [darks, ...flats].filter(({ sd }) => sd !== null).length
  markStatistical(context, darks, noise!.darks, p, 'darks')
  flats.forEach((flat, l) => markStatistical(context, flat, noise!.flats[l], p, `flats ${l + 1}`))
}

function markStatistical(context: DefectContext, stack: StackSummary, expected: Float32Array | null, p: number, where: string): void {
  const { defects, options } = context
  const { sd, frames, saturated } = stack
  const rule = { name: `noisy (${where})`, unit: 'x expected sd', source: STATISTICAL }
  if (sd === null || expected === null) {
    context.rules.push({ ...rule, threshold: null, found: 0 })
    context.warnings.push(`${where}: one frame shows no noise, noisy pixels cannot be found there`)
    return
  }
  const limit = Math.sqrt(chiSquareQuantile(frames - 1, p) / (frames - 1))
  const threshold = Math.max(limit, options.noisyFactor)
  const { data } = defects
  let found = 0
  for (let i = 0; i < data.length; i++) {
    if (!(sd[i] > threshold * expected[i]) || saturated[i] !== 0 || (data[i] & DEFECT_FLAGS.dead) !== 0) continue
    data[i] |= DEFECT_FLAGS.noisy
    found++
  }
  context.rules.push({ ...rule, threshold, found, smallestVisible: threshold })
}

function markStandard(context: DefectContext): void {
  const { darks, bad, defects, options } = context
  const { sd } = darks
  const rule = { name: 'noisy (darks)', unit: 'x median sd', source: STANDARD }
  if (sd === null) {
    context.rules.push({ ...rule, threshold: null, found: 0 })
    context.warnings.push('darks: one frame shows no noise, noisy pixels cannot be found there')
    return
  }
  const threshold = options.noisyE2597Factor
  const limit = threshold * Math.max(robustScale(sd, bad).median, context.quantum / 2)
  const { data } = defects
  let found = 0
  for (let i = 0; i < data.length; i++) {
    if (!(sd[i] > limit)) continue
    data[i] |= DEFECT_FLAGS.noisy
    found++
  }
  context.rules.push({ ...rule, threshold, found, smallestVisible: threshold })
}
