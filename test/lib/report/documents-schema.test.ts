import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { z } from 'zod'
import { documentsSchema } from '../../../lib/report/documents-schema.js'

const folder = join('lib', 'report', 'schemas')
const regenerate = 'FLATPANEL_WRITE_SCHEMAS=1 npx tap --disable-coverage test/lib/report/documents-schema.test.ts'

/** What is published: fields that a later version adds are no fault, so the schema of what is accepted, not of what is given back. */
const published = Object.entries(documentsSchema).map(([id, schema]) => ({
  id,
  file: `${id
    .replace(/^flatpanel\./, '')
    .replace(/\/\d+$/, '')
    .replaceAll('.', '-')}.json`,
  text: `${JSON.stringify(z.toJSONSchema(schema, { target: 'draft-2020-12', io: 'input' }), null, 2)}\n`
}))

if (process.env.FLATPANEL_WRITE_SCHEMAS) for (const { file, text } of published) writeFileSync(join(folder, file), text)

t.test('every document has its JSON Schema in the package, and it is that of the code', async (t) => {
  t.strictSame(
    readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .sort(),
    published.map(({ file }) => file).sort()
  )
  for (const { id, file, text } of published) {
    t.match(id, /^flatpanel\.[a-z.-]+\/\d+$/)
    t.equal(readFileSync(join(folder, file), 'utf8'), text, `${file} is up to date; to regenerate: ${regenerate}`)
  }
})

t.test('the package carries them', async (t) => {
  const { exports, files } = JSON.parse(readFileSync('package.json', 'utf8')) as { exports: Record<string, unknown>; files: string[] }
  t.equal(exports['./schemas/*.json'], './lib/report/schemas/*.json')
  t.ok(files.includes('lib/report/schemas/*.json'))
})
