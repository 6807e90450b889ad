import { METRICS } from './metrics.js'
import type { Figure, Unknowns } from './figure.js'
import type { MetricName } from './metrics.js'

/**
 * Turn the fields of a metric's result that have a name in `METRICS` into figures with unit and, where null, the reason.
 * @param values field name to number, or null
 * @param unknown reasons of the nulls by field name
 */
export function figuresOf(values: Partial<Record<MetricName, number | null>>, unknown: Unknowns = {}): Figure[] {
  return (Object.entries(values) as [MetricName, number | null][]).map(([name, value]) => {
    const { unit } = METRICS[name]
    return value === null ? { name, value, unit, reason: unknown[name] ?? 'not known' } : { name, value, unit }
  })
}
