import { figuresOf } from './figures-of.js'
import type { Figure } from '../figure.js'
import type { MetricName } from '../limits/metrics.js'

/**
 * A figure measured / expected.
 * @param reason why it is null, where a part is null
 */
export function ratioFigure(name: MetricName, measured: number | null, expected: number | null, reason?: string): Figure {
  const ratio = measured !== null && expected !== null && expected > 0 ? measured / expected : null
  return figuresOf({ [name]: ratio }, { [name]: reason ?? 'the noise to compare with is 0' })[0]
}
