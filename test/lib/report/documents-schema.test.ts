import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { documentsSchema } from '../../../lib/report/documents-schema.js'
import { publishedSchemas } from '../../../lib/report/published-schemas.js'

const folder = 'lib/report/schemas'

t.test('every document has its JSON Schema in the package, and it is that of the code', async (t) => {
  const files = publishedSchemas().map(({ file }) => file)
  const inFolder = readdirSync(folder).filter((name) => name.endsWith('.json'))
  t.strictSame(inFolder.map((name) => `${folder}/${name}`).sort(), files.filter((file) => file.startsWith(folder)).sort())
  for (const id of Object.keys(documentsSchema)) t.match(id, /^flatpanel\.[a-z.-]+\/\d+$/)
  for (const { file, text } of publishedSchemas()) t.equal(readFileSync(join(file), 'utf8'), text, `${file}: npm run build:schemas`)
})

t.test('the package carries them', async (t) => {
  const { exports, files } = JSON.parse(readFileSync('package.json', 'utf8')) as { exports: Record<string, unknown>; files: string[] }
  t.equal(exports['./schemas/*.json'], './lib/report/schemas/*.json')
  t.ok(files.includes('lib/report/schemas/*.json'))
})
