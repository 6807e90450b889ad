// Compiles index.as.ts and writes the module as base64 into kernels-module.ts: `npm run build:simd`. The output is committed.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'
import binaryen from 'assemblyscript/binaryen'

const root = fileURLToPath(new URL('../../..', import.meta.url))

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
const FRAME_LOOPS = /^correct|^quantise/

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
  const bytes = await compileKernels()
  writeFileSync(new URL('kernels-module.ts', import.meta.url), moduleText(bytes))
  console.log(`${bytes.length} bytes of WebAssembly`)
}
