import { formatQuantity } from './format-number.js'
import { unitOf } from './unit-of.js'
import type { Unknowns } from '../quality/figure.js'

/**
 * Rows of a table from the fields of a result: name, value with the unit that the name tells, meaning; where the value is null, the reason.
 * @param meanings the fields to show, in order, and what they are
 */
export function figureRows(result: object & { readonly unknown?: Unknowns }, meanings: Readonly<Record<string, string>>): string[][] {
  return Object.entries(meanings).map(([name, meaning]) => {
    const value = (result as Readonly<Record<string, unknown>>)[name] ?? null
    if (typeof value === 'string') return [name, value, meaning]
    if (typeof value === 'number' && Number.isFinite(value)) return [name, formatQuantity(value, unitOf(name)), meaning]
    return [name, 'unknown', `${meaning}: ${result.unknown?.[name] ?? 'not known'}`]
  })
}
