// Compiles index.as.ts and writes the module as base64 into kernels-module.ts: `npm run build:simd`. The output is committed.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import asc from 'assemblyscript/asc'
import binaryen from 'assemblyscript/binaryen'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** What stands once in TypeScript, for AssemblyScript: the layouts, and the table of the kernels of steps. Text by name of the file. */
export async function generateSources() {
  const contents = "export * as layouts from './layouts.ts'; export { STEP_KERNELS } from '../frame/steps/step-kernels.ts'"
  const stdin = { contents, resolveDir: fileURLToPath(new URL('.', import.meta.url)) }
  const { outputFiles } = await build({ stdin, bundle: true, format: 'esm', write: false })
  const { layouts, STEP_KERNELS } = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`)
  return { 'layouts.as.ts': layoutsText(layouts), 'step-table.as.ts': stepTableText(STEP_KERNELS.map(({ name }) => name)) }
}

const HEAD = '// AssemblyScript, written by build.mjs; not edited by hand.\n\n'

function layoutsText(layouts) {
  const upper = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()
  const fields = (prefix, names) => names.map((name, i) => `export const ${prefix}_${upper(name)}: usize = ${4 * i}`)
  const { JOB_FIELDS, JOB_KINDS, STEP_FIELDS, STRIP, BLOCK, JOB_BYTES: _, ...sizes } = layouts
  return `${HEAD}${[
    ...fields('JOB', JOB_FIELDS),
    ...JOB_KINDS.map((name, i) => `export const ${upper(name)}: i32 = ${i}`),
    ...fields('STEP', STEP_FIELDS),
    `export const STRIP: i32 = ${STRIP}`,
    `export const BLOCK: i32 = ${BLOCK}`,
    ...Object.entries(sizes).map(([name, value]) => `export const ${name}: usize = ${value}`)
  ].join('\n')}\n`
}

function stepTableText(names) {
  const cases = names.map((name, i) => `    case ${i}: ${name}(values, count, first, step); break`)
  return `${HEAD}import { ${names.join(', ')} } from './steps.as'

/** Run the kernel of a step, by its place in STEP_KERNELS. */
export function runKernel(kernel: i32, values: usize, count: i32, first: i32, step: usize): void {
  switch (kernel) {
${cases.join('\n')}
  }
}
`
}

/** The bytes of the compiled module; no names, no data, no start function. */
export async function compileKernels() {
  let bytes
  const { error, stderr } = await asc.main(
    [
      'lib/kernels/simd/index.as.ts',
      '-O3',
      '--converge',
      '--runtime',
      'stub',
      '--noAssert',
      '--enable',
      'simd',
      '--enable',
      'threads',
      '--importMemory',
      '--sharedMemory',
      '--initialMemory',
      '1',
      '--maximumMemory',
      '65536',
      '--outFile',
      'kernels.wasm'
    ],
    {
      baseDir: root,
      writeFile: (name, content) => {
        if (name.endsWith('.wasm')) bytes = content
      }
    }
  )
  if (error) throw new Error(`${error.message}\n${stderr.toString()}`)
  return withShortConstants(bytes)
}

/** In the loops over frames a constant is read from beside the code; one that is made there again and again costs a tenth of their time. */
const FRAME_LOOPS = /^correct|^quantise|^runSteps/

/** The same module, in which a vector of equal lanes is made from one lane where that takes fewer bytes: 4 to 7 instead of 18. */
function withShortConstants(bytes) {
  const text = binaryen.readBinary(bytes).emitText()
  const left = [...text.matchAll(/\(export "(\w+)" \(func (\$\w+)\)\)/g)].filter(([, name]) => FRAME_LOOPS.test(name)).map(([, , id]) => id)
  const functions = text.split(/^(?= \(func )/m)
  const short = functions.map((code) => (left.some((id) => code.startsWith(` (func ${id} `)) ? code : shorten(code)))
  const module = binaryen.parseText(short.join(''))
  module.setFeatures(binaryen.Features.All)
  return Buffer.from(module.emitBinary())
}

function shorten(code) {
  return code.replace(/\(v128\.const i32x4 (0x\w+) (0x\w+) (0x\w+) (0x\w+)\)/g, (whole, ...found) => {
    const [a, b, c, d] = found.slice(0, 4).map(Number)
    if (a !== c || b !== d) return whole
    if (a !== b) return `(i64x2.splat (i64.const ${(BigInt(b) << 32n) | BigInt(a)}))`
    return a >>> 16 === (a & 0xffff) ? `(i16x8.splat (i32.const ${(a << 16) >> 16}))` : `(i32x4.splat (i32.const ${a | 0}))`
  })
}

/** Text of the module that holds them. */
export function moduleText(bytes) {
  return `/** Compiled from index.as.ts by build.mjs; not edited by hand. */\nexport const kernelsModule =\n  '${Buffer.from(bytes).toString('base64')}'\n`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, text] of Object.entries(await generateSources())) writeFileSync(new URL(name, import.meta.url), text)
  const bytes = await compileKernels()
  writeFileSync(new URL('kernels-module.ts', import.meta.url), moduleText(bytes))
  console.log(`${bytes.length} bytes of WebAssembly`)
}
