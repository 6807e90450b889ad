import { build } from 'esbuild'
import t from 'tap'

const ENTRIES = ['lib/index.ts', 'calibration/index.ts', 'lib/quality/index.ts', 'lib/simulation/index.ts', 'lib/io/browser/index.ts']

async function bundle(contents: string): Promise<{ text: string; inputs: string[] }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: process.cwd(), loader: 'ts' },
    bundle: true,
    platform: 'browser',
    format: 'esm',
    metafile: true,
    write: false,
    logLevel: 'silent'
  })
  return { text: outputFiles[0].text, inputs: Object.keys(metafile.inputs) }
}

for (const entry of ENTRIES) {
  t.test(`${entry} bundles for browsers`, async (t) => {
    const { text, inputs } = await bundle(`export * from './${entry}'`)
    t.ok(inputs.includes(entry), 'the bundle holds the entry')
    t.notMatch(text, /['"]node:/, 'no module of Node')
    t.notMatch(text, /(?<![\w$.])(?:__require|require)\(\s*['"`]/, 'no require')
    t.notMatch(text, /(?<![\w$.])Buffer\./, 'no Buffer')
    t.notMatch(inputs.join('\n'), /node_modules\/(fast-glob|commander|cli-progress)\//, 'nothing that only Node needs')
    // A calibration file is HDF5, which WebAssembly reads, and its provenance is checked by zod.
    if (entry === 'lib/io/browser/index.ts') return
    t.notMatch(inputs.join('\n'), /node_modules\/h5wasm\//, 'no HDF5')
    // The limits of quality are checked by zod, which runs in browsers too.
    if (entry !== 'lib/quality/index.ts')
      t.notMatch(inputs.join('\n'), /node_modules\/(zod|ndarray-ops)\//, 'nothing heavy, nothing that evaluates strings')
  })
}

t.test('the io entry does not pass for a browser module', async (t) => {
  await t.rejects(bundle("export * from './lib/io/index.ts'"), { message: /Could not resolve "node:/ })
})
