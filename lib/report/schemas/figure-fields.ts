import { z } from 'zod'
import { unitOf } from '../../quality/unit-of.js'

type FigureFields<Name extends string> = { [name in Name]: z.ZodNullable<z.ZodNumber> }

/** Fields of a schema that hold figures: a number in the unit that the name ends in, or null with a reason in `unknown`. */
export function figureFields<const Name extends string>(...names: readonly Name[]): FigureFields<Name> {
  const fields = names.map((name) => {
    const unit = unitOf(name)
    const figure = z.number().nullable()
    return [name, unit === '' ? figure : figure.describe(unit)]
  })
  return Object.fromEntries(fields) as FigureFields<Name>
}
