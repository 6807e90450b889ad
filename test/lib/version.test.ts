import { readFileSync } from 'node:fs'
import t from 'tap'
import { version } from '../../lib/version.js'

t.test('the version in provenance is that of package.json', async (t) => {
  t.equal(version, JSON.parse(readFileSync('package.json', 'utf8')).version)
})
