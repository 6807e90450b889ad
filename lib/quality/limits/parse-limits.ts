import { z } from 'zod'
import { OptionError } from '../../errors.js'
import { assertLimits } from './assert-limits.js'
import { limitsSchema } from './limits-schema.js'
import { METRIC_NAMES } from './metrics.js'
import type { Limits } from './limits.js'

/**
 * Check the content of a limits file.
 * @param json what JSON.parse gave
 * @returns the limits, typed
 * @throws {OptionError} ERR_OPTION that names every fault and its place, or the metric that is not known and all that are
 */
export function parseLimits(json: unknown): Limits {
  assertKnownMetrics(json)
  const result = limitsSchema.safeParse(json)
  if (!result.success) {
    throw new OptionError({
      subject: 'limits',
      expected: 'the schema flatpanel.limits/1',
      received: `\n${z.prettifyError(result.error)}`,
      cause: result.error
    })
  }
  const { schema, baseline, limits } = result.data
  // Such a file would let everything pass.
  if (Object.keys(limits).length === 0) throw new OptionError({ subject: 'limits', expected: 'at least one limit', received: 'none' })
  assertLimits(limits)
  return { schema, ...(baseline !== undefined && { baseline }), limits }
}

// Before the schema, whose message for a wrong key does not say which key it was.
function assertKnownMetrics(json: unknown): void {
  const limits: unknown = typeof json === 'object' && json !== null && 'limits' in json ? json.limits : null
  if (typeof limits !== 'object' || limits === null) return
  const stranger = Object.keys(limits).find((name) => !(METRIC_NAMES as readonly string[]).includes(name))
  if (stranger === undefined) return
  throw new OptionError({ subject: `limit "${stranger}"`, expected: `a metric: ${METRIC_NAMES.join(', ')}`, received: stranger })
}
