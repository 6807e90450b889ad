import { slidingMedian } from '../../lib/kernels/sliding-median.js'
import { DEFECT_FLAGS } from '../../lib/maps/defect-flags.js'
import type { DefectContext } from './defect-context.js'

const SOURCE = 'ASTM E2597/E2597M-14, over- and under-responding pixel: 1.3 and 0.6 of the median of 21 x 21 pixels'
const RADIUS = 10

/**
 * Over- and under-responding: signal of the first flat level above 1.3 or below 0.6 of the 21 x 21 median.
 *
 * Bad pixels stay out of the medians, and the rule is run a second time without what its first run found, so that a
 * cluster cannot be its own reference. At the borders the window is clipped (11 x 11 in a corner); where it holds no
 * good pixel the panel's median serves. Dead pixels are not judged again.
 * @see ASTM E2597/E2597M-14
 */
export function markResponse(context: DefectContext): void {
  const { flats, bad, shape, defects, options, levels } = context
  const { data } = defects
  const signal = flats[0].location
  const overResponse = options.overResponse ?? Infinity
  const underResponse = options.underResponse ?? 0
  const local = new Float32Array(signal.length)
  const classes = new Uint32Array(signal.length)
  const excluded = bad.slice()
  for (let pass = 0; pass < 2; pass++) {
    slidingMedian(signal, excluded, shape[0], shape[1], RADIUS, RADIUS, local)
    let news = 0
    for (let i = 0; i < signal.length; i++) {
      const ratio = signal[i] / (local[i] === local[i] ? local[i] : levels[0])
      if (ratio > overResponse) classes[i] = DEFECT_FLAGS.overResponding
      else classes[i] = ratio < underResponse ? DEFECT_FLAGS.underResponding : 0
      if (classes[i] !== 0 && excluded[i] === 0) {
        excluded[i] = 1
        news++
      }
    }
    if (news === 0) break
  }
  let over = 0
  let under = 0
  for (let i = 0; i < data.length; i++) {
    if ((data[i] & DEFECT_FLAGS.dead) !== 0 || classes[i] === 0) continue
    data[i] |= classes[i]
    if (classes[i] === DEFECT_FLAGS.overResponding) over++
    else under++
  }
  const unit = 'x 21 x 21 median'
  context.rules.push({ name: 'overResponding', threshold: options.overResponse, unit, source: SOURCE, found: over })
  context.rules.push({ name: 'underResponding', threshold: options.underResponse, unit, source: SOURCE, found: under })
}
