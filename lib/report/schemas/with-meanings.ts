import type { z } from 'zod'
import { unitOf } from '../../quality/unit-of.js'

/** The same fields; those that are figures say what they are and their unit. */
export function withMeanings<Fields extends Readonly<Record<string, z.ZodType>>>(
  meanings: Readonly<Record<string, string>>,
  fields: Fields
): Fields {
  const described = Object.entries(fields).map(([name, field]) => {
    if (!Object.hasOwn(meanings, name)) return [name, field]
    return [name, field.describe(unitOf(name) === '' ? meanings[name] : `${meanings[name]}, ${unitOf(name)}`)]
  })
  return Object.fromEntries(described) as Fields
}
