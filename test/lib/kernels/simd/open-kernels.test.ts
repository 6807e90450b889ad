import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import t from 'tap'
import { openKernels } from '../../../../lib/kernels/simd/open-kernels.js'
import { openOwnKernels } from '../../../../lib/kernels/simd/open-own-kernels.js'
import { kernelsModule } from '../../../../lib/kernels/simd/kernels-module.js'

const run = promisify(execFile)

/** Correct a frame in a process of its own, where WebAssembly is as `flags` and `before` leave it. */
async function correctWhere(flags: string[], before: string): Promise<{ kernels: string; first: number[]; refused: string }> {
  const program = `
    ${before}
    const { createCorrector } = await import('./lib/correction/create-corrector.ts')
    const { madeCalibration } = await import('./test/fixtures/made-calibration.ts')
    const shape = [2, 3]
    const calibration = madeCalibration(shape, 1, {
      offset: { data: Float32Array.of(1, 2, 3, 4, 5, 6), shape },
      gain: { data: Float32Array.of(1, 2, 1, 2, 1, 2), shape, reference: 100 },
      defects: { data: new Uint32Array(6), shape }
    })
    const corrector = createCorrector(calibration)
    let refused = ''
    try { createCorrector(calibration, { kernels: 'simd' }) } catch (error) { refused = error.code + ' ' + error.message }
    console.log(JSON.stringify({ kernels: corrector.kernels, first: [...corrector.correct(Uint16Array.of(11, 12, 13, 14, 15, 16))], refused }))`
  const loader = ['--import', new URL('../../../loader.mjs', import.meta.url).href]
  const { stdout } = await run(process.execPath, [...loader, ...flags, '--input-type=module', '-e', program])
  return JSON.parse(stdout)
}

t.test('building the sources again gives the committed module and layouts', async (t) => {
  const { compileKernels, generateSources, moduleText } = await import(
    new URL('../../../../lib/kernels/simd/build.mjs', import.meta.url).href
  )
  const bytes = (await compileKernels()) as Uint8Array
  t.equal(moduleText(bytes), await readFile('lib/kernels/simd/kernels-module.ts', 'utf8'), 'npm run build:simd was run')
  for (const [name, text] of Object.entries((await generateSources()) as Record<string, string>)) {
    t.equal(text, await readFile(`lib/kernels/simd/${name}`, 'utf8'), name)
  }
})

t.test('where WebAssembly is refused the TypeScript kernels give the same', async (t) => {
  const expected = { kernels: 'typescript', first: [10, 20, 10, 20, 10, 20] }
  const refusals: [string, string[], string][] = [
    ['no WebAssembly', [], 'delete globalThis.WebAssembly'],
    [
      'compiling forbidden',
      [],
      "WebAssembly.Module = class { constructor() { throw new WebAssembly.CompileError('forbidden by policy') } }"
    ],
    ['no memory', [], "WebAssembly.Memory = class { constructor() { throw new RangeError('could not allocate memory') } }"],
    ['no memory that grows', [], "WebAssembly.Memory.prototype.grow = () => { throw new RangeError('could not grow') }"],
    ['no SIMD', ['--no-experimental-wasm-simd', '--no-enable-sse4-1', '--no-enable-ssse3', '--no-enable-sse3'], '']
  ]
  for (const [name, flags, before] of refusals) {
    const found = await correctWhere(flags, before).catch((error: Error) => ({ kernels: error.message, first: [], refused: '' }))
    if (name === 'no SIMD' && found.kernels !== 'typescript') {
      t.comment('this Node cannot be made to refuse SIMD')
      continue
    }
    t.match(found, expected, name)
    t.match(found.refused, /^ERR_OPTION option "kernels": expected 'auto' or 'typescript' where WebAssembly with SIMD cannot be had/, name)
  }
  const { kernels, first } = await correctWhere([], '')
  t.strictSame(first, expected.first)
  t.equal(kernels, openKernels() ? 'simd' : 'typescript')
})

const needsSimd = openKernels() ? {} : { skip: 'no WebAssembly with SIMD here' }

t.test('bytes that were set aside are zeros, apart from each other, and end at 4 GiB', needsSimd, async (t) => {
  const space = openKernels()!
  const first = space.reserve(100)!
  const second = space.reserve(10_000_000)!
  t.equal(first % 64, 0)
  t.ok(second >= first + 100)
  t.ok(new Uint8Array(space.memory.buffer, second, 10_000_000).every((value) => value === 0))
  t.equal(space.reserve(2 ** 32), null)
  t.type(space.reserve(64), 'number', 'and it goes on')
  t.ok(kernelsModule.length > 1000)
})

t.test('bytes that were given back are set aside again, as zeros, and neighbours become one', needsSimd, async (t) => {
  const space = openKernels()!
  const [first, second, third] = [1000, 2000, 3000].map((bytes) => space.reserve(bytes)!)
  new Uint8Array(space.memory.buffer, first, 1000).fill(7)
  space.release(first)
  t.equal(space.reserve(100), first)
  t.ok(new Uint8Array(space.memory.buffer, first, 100).every((value) => value === 0))
  space.release(third)
  space.release(second)
  space.release(second)
  t.equal(space.reserve(5000), first + 128, 'what was left of the first, the second and the third together')
  t.equal(space.reserve(64), first + 128 + 64 * Math.ceil(5000 / 64))
  t.ok(second < third)
})

t.test('kernels on a memory of one thread have the same functions, and need what the others need', needsSimd, async (t) => {
  const own = openOwnKernels(100_000)!
  t.strictSame(Object.keys(own.kernels).sort(), Object.keys(openKernels()!.kernels).sort())
  t.equal(own.buffer.byteLength, 131_072, 'whole pages')
  t.notOk(own.buffer instanceof SharedArrayBuffer)
  new Float32Array(own.buffer, 64, 4).set([1, NaN, 3, 2])
  own.kernels.rowMedians(64, 128, 1, 4, 4, 1, 0, 192, 256)
  t.equal(new Float64Array(own.buffer, 192, 1)[0], 2, 'they run')
  t.equal(openOwnKernels(2 ** 33), null, 'more than a memory has')
  const scope = globalThis as { WebAssembly?: unknown }
  const { WebAssembly } = scope
  try {
    scope.WebAssembly = undefined
    t.equal(openOwnKernels(64), null)
  } finally {
    scope.WebAssembly = WebAssembly
  }
})
