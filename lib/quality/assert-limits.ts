import { OptionError } from '../errors.js'
import { METRIC_NAMES } from './metrics.js'
import type { Limit } from './limits.js'

/**
 * Assert that limits name known metrics and have sensible ends.
 * @throws {OptionError} ERR_OPTION
 */
export function assertLimits(limits: Readonly<Record<string, Limit>>): void {
  for (const [metric, { min, max }] of Object.entries(limits)) {
    const subject = `limit "${metric}"`
    if (!(METRIC_NAMES as readonly string[]).includes(metric)) {
      throw new OptionError({ subject, expected: `a metric: ${METRIC_NAMES.join(', ')}`, received: metric })
    }
    for (const end of [min, max]) {
      if (end !== undefined && !Number.isFinite(end)) throw new OptionError({ subject, expected: 'finite numbers', received: String(end) })
    }
    if (min === undefined && max === undefined) throw new OptionError({ subject, expected: 'min, max or both', received: 'neither' })
    if (min !== undefined && max !== undefined && min > max) {
      throw new OptionError({ subject, expected: 'min <= max', received: `min ${min}, max ${max}` })
    }
  }
}
