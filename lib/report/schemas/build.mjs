// Writes the JSON Schemas of the package from the schemas of the code, as compiled into build/: npm run build:schemas.
import { writeFileSync } from 'node:fs'
import { publishedSchemas } from '../../../build/lib/report/published-schemas.js'

for (const { file, text } of publishedSchemas()) writeFileSync(new URL(`../../../${file}`, import.meta.url), text)
