import { OptionError } from '../../errors.js'
import { METRIC_NAMES } from './metrics.js'
import type { Limit } from './limits.js'

/**
 * Assert that limits name known metrics and have sensible ends.
 * @throws {OptionError} ERR_OPTION
 */
export function assertLimits(limits: Readonly<Record<string, Limit>>): void {
  for (const [metric, { min, max, maxChange, maxChangePercent }] of Object.entries(limits)) {
    const subject = `limit "${metric}"`
    if (!(METRIC_NAMES as readonly string[]).includes(metric)) {
      throw new OptionError({ subject, expected: `a metric: ${METRIC_NAMES.join(', ')}`, received: metric })
    }
    const given = [min, max, maxChange, maxChangePercent].filter((end) => end !== undefined)
    for (const end of given) {
      if (!Number.isFinite(end)) throw new OptionError({ subject, expected: 'finite numbers', received: String(end) })
    }
    if (given.length === 0) {
      throw new OptionError({ subject, expected: 'min, max or both, or maxChange or maxChangePercent', received: 'neither' })
    }
    if (min !== undefined && max !== undefined && min > max) {
      throw new OptionError({ subject, expected: 'min <= max', received: `min ${min}, max ${max}` })
    }
    for (const change of [maxChange, maxChangePercent]) {
      if (change !== undefined && change < 0)
        throw new OptionError({ subject, expected: 'a change of at least 0', received: String(change) })
    }
  }
}
