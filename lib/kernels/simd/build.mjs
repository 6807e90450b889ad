// Compiles index.as.ts and writes the module as base64 into kernels-module.ts: `npm run build:simd`. The output is committed.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** The bytes of the compiled module; no names, no data, no start function. */
export async function compileKernels() {
  let bytes
  const { error, stderr } = await asc.main(
    ['lib/kernels/simd/index.as.ts', '-O3', '--converge', '--runtime', 'stub', '--noAssert', '--enable', 'simd', '--enable', 'threads', '--importMemory',
      '--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536', '--outFile', 'kernels.wasm'],
    { baseDir: root, writeFile: (name, content) => { if (name.endsWith('.wasm')) bytes = content } }
  )
  if (error) throw new Error(`${error.message}\n${stderr.toString()}`)
  return bytes
}

/** Text of the module that holds them. */
export function moduleText(bytes) {
  return `/** Compiled from index.as.ts by build.mjs; not edited by hand. */\nexport const kernelsModule =\n  '${Buffer.from(bytes).toString('base64')}'\n`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const bytes = await compileKernels()
  writeFileSync(new URL('kernels-module.ts', import.meta.url), moduleText(bytes))
  console.log(`${bytes.length} bytes of WebAssembly`)
}
