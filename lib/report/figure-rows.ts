import { unitOf } from '../quality/unit-of.js'
import type { Unknowns } from '../quality/figure.js'
import type { FigureRow } from './blocks/block.js'

/**
 * Rows of figures from the fields of a result: name, value with the unit that the name tells, meaning; where the value is null, the reason.
 * @param meanings the fields to show, in order, and what they are
 */
export function figureRows(result: object & { readonly unknown?: Unknowns }, meanings: Readonly<Record<string, string>>): FigureRow[] {
  return Object.entries(meanings).map(([name, meaning]) => {
    const value = (result as Readonly<Record<string, unknown>>)[name] ?? null
    if (typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value)))
      return { name, value, unit: unitOf(name), meaning }
    return { name, value: null, meaning, reason: result.unknown?.[name] ?? 'not known' }
  })
}
