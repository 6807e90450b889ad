import { z } from 'zod'
import { gradeSchema } from '../quality/defects/grade-schema.js'
import { limitsSchema } from '../quality/limits/limits-schema.js'
import { documentsSchema } from './documents-schema.js'

/** A JSON Schema of the package as it stands in its file. */
export interface PublishedSchema {
  /** Path from the root of the package. */
  readonly file: string
  readonly text: string
}

/**
 * Every JSON Schema (draft 2020-12) that the package publishes, made from the schemas that the code checks with. Of documents it is what
 * is accepted, not what is given back: fields that a later version adds are no fault.
 */
export function publishedSchemas(): PublishedSchema[] {
  const documents = Object.entries(documentsSchema).map(([id, schema]) => published(`lib/report/schemas/${nameOf(id)}.json`, schema))
  return [
    published('lib/quality/limits/limits.schema.json', limitsSchema),
    published('lib/quality/defects/grade.schema.json', gradeSchema),
    ...documents
  ]
}

/** `flatpanel.measure.nps/1` is `measure-nps`. */
function nameOf(id: string): string {
  const [, ...words] = id.replace(/\/\d+$/, '').split('.')
  return words.join('-')
}

function published(file: string, schema: z.ZodType): PublishedSchema {
  return { file, text: `${JSON.stringify(z.toJSONSchema(schema, { target: 'draft-2020-12', io: 'input' }), null, 2)}\n` }
}
