import { METRICS } from '../limits/metrics.js'
import type { Figure, Unknowns } from '../figure.js'
import type { MetricName } from '../limits/metrics.js'

/**
 * Turn the fields of a metric's result that have a name in `METRICS` into figures with unit and, where null, the reason.
 * @param values field name to number, or null
 * @param unknown reasons of the nulls by field name
 */
export function figuresOf(values: Partial<Record<MetricName, number | null>>, unknown: Unknowns = {}): Figure[] {
  return (Object.entries(values) as [MetricName, number | null][]).map(([name, value]) => {
    const { unit } = METRICS[name]
    if (value !== null && Number.isFinite(value)) return { name, value, unit }
    return { name, value: null, unit, reason: unknown[name] ?? 'the maps hold values that are not finite' }
  })
}
