import { flatName } from './flat-name.js'
import { METRIC_NAMES, METRICS } from '../limits/metrics.js'
import type { Figure } from '../figure.js'
import type { MetricDescription } from '../limits/metrics.js'
import type { FlatVerification } from './verification-report.js'

/**
 * Join the figures of single flats into figures over all: mean, largest or smallest, as `METRICS` says for each name.
 * A figure that one flat cannot give is null over all, with that flat and its reason.
 * @param flats at least one
 */
export function summarizeFlats(flats: readonly FlatVerification[]): Figure[] {
  return METRIC_NAMES.flatMap((name): Figure[] => {
    const { unit, overall }: MetricDescription = METRICS[name]
    const figures = flats.map((flat) => flat.figures.find((figure) => figure.name === name))
    if (overall === 'own' || figures.some((figure) => figure === undefined)) return []
    const missing = figures.findIndex((figure) => figure!.value === null)
    if (missing >= 0) return [{ name, value: null, unit, reason: `${flatName(flats[missing])}: ${figures[missing]!.reason}` }]
    return [
      {
        name,
        value: joinValues(
          figures.map((figure) => figure!.value!),
          overall
        ),
        unit
      }
    ]
  })
}

function joinValues(values: readonly number[], how: 'mean' | 'largest' | 'smallest'): number {
  if (how === 'largest') return values.reduce((a, b) => Math.max(a, b))
  if (how === 'smallest') return values.reduce((a, b) => Math.min(a, b))
  return values.reduce((a, b) => a + b, 0) / values.length
}
