import { slidingMedian } from '../../lib/kernels/sliding-median.js'
import { DEFECT_FLAGS } from '../../lib/maps/defect-flags.js'
import { robustScale } from '../../lib/maps/robust-scale.js'
import type { DefectContext } from './defect-context.js'

const SOURCE = 'practice of flat-panel makers: dark level far above its surroundings, or saturated in the dark'
const RADIUS = 10

/**
 * Hot: offset above the 21 x 21 median of the good pixels by more than 6 robust sd of that residual and by more than 1 %
 * of the saturation value, or saturated in half of the darks.
 *
 * The scale is not taken below sqrt(q^2 / 12 + sd^2 / N): medians of rounded values have no spread at all otherwise.
 * Where saturation is unknown, twice the median flat signal stands for it, with a warning. Steps between read-out chips
 * do not count: the median of a window belongs to the side on which its middle stands.
 * @see Rousseeuw, Croux, JASA 88, 1993, for the scale
 */
export function markHot(context: DefectContext): void {
  const { darks, bad, shape, defects, options } = context
  const { data } = defects
  const offset = darks.location
  const local = new Float32Array(offset.length)
  slidingMedian(offset, bad, shape[0], shape[1], RADIUS, RADIUS, local)
  const residual = new Float32Array(offset.length)
  for (let i = 0; i < offset.length; i++) residual[i] = offset[i] - local[i]
  const threshold = Math.max(options.hotSigma * scaleOf(context, residual), options.hotFraction * fullScale(context))
  let found = 0
  for (let i = 0; i < data.length; i++) {
    const saturated = 2 * darks.saturated[i] >= darks.frames && offset[i] - offset[i] === 0
    if (!(residual[i] > threshold) && !saturated) continue
    data[i] |= DEFECT_FLAGS.hot
    found++
  }
  context.rules.push({ name: 'hot', threshold, unit: 'DN above the 21 x 21 median', source: SOURCE, found })
}

function scaleOf({ darks, bad, quantum }: DefectContext, residual: Float32Array): number {
  const noise = darks.sd === null ? 0 : robustScale(darks.sd, bad).median
  const floor = Math.sqrt((quantum * quantum) / 12 + (noise * noise) / darks.frames)
  return Math.max(robustScale(residual, bad).sigma, floor)
}

function fullScale({ options, levels, warnings }: DefectContext): number {
  if (options.saturation !== null) return options.saturation
  warnings.push('saturation is unknown: hot pixels are judged against twice the median flat signal instead')
  return 2 * levels[0]
}
