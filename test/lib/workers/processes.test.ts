import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import t from 'tap'

/**
 * What only a process of its own can show, all of it from a bundle: one file without anything beside it. The panel: offset 100, gain 2,
 * one bad pixel among good ones of one value, so every corrected pixel is known.
 */
const PROGRAM = `
import { correctStream, createCorrectionPool } from './lib/workers/index.ts'
import { madeCalibration } from './test/fixtures/made-calibration.ts'
const shape = [300, 700]
const count = 210_000
const defects = new Uint32Array(count)
defects[100_000] = 512
const calibration = madeCalibration(shape, 1, {
  offset: { data: new Float32Array(count).fill(100), shape },
  gain: { data: new Float32Array(count).fill(2), shape, reference: 1000 },
  defects: { data: defects, shape }
})
const frameOf = (value) => new Uint16Array(count).fill(value)
const show = (data) => console.log(data.every((value) => value === data[0]) ? data[0] : 'mixed')
const pool = createCorrectionPool(calibration, { threads: 2 })
const jobs = {
  async idle() { show((await pool.correct(frameOf(300))).data) },
  never() { console.log(pool.threads) },
  working() { for (const value of [300, 400, 500]) void pool.correct(frameOf(value)).then(({ data }) => show(data)) },
  async stream() {
    for await (const { data } of correctStream([300, 400, 500].map(frameOf), pool)) show(data)
  },
  left() { void correctStream([300, 400].map(frameOf), pool).next().then(({ value }) => show(value.data)) },
  async closed() {
    const work = pool.correct(frameOf(300)).then(({ data }) => show(data))
    await pool.close()
    await work
    console.log('closed')
  },
  async strict() {
    try { Function('return 1') } catch { console.log('no strings') }
    await jobs.stream()
  }
}
await jobs[process.argv[2]]()
console.log('end')
`

const folder = t.testdir()
const file = join(folder, 'bundle.mjs')

async function runProgram(job: string, flags: string[] = []): Promise<{ code: number | null; lines: string[]; errors: string }> {
  const child = spawn(process.execPath, [...flags, file, job], { cwd: folder, env: {}, stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let errors = ''
  child.stdout.on('data', (chunk) => (out += chunk))
  child.stderr.on('data', (chunk) => (errors += chunk))
  // a process that does not end by itself is killed, and its code is null
  const timer = setTimeout(() => child.kill('SIGKILL'), 30_000)
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  clearTimeout(timer)
  return { code, lines: out.trim().split('\n'), errors }
}

t.before(async () => {
  const options = { bundle: true, platform: 'node', format: 'esm', write: false, logLevel: 'silent' } as const
  const banner = { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)" }
  const { outputFiles } = await build({ ...options, banner, stdin: { contents: PROGRAM, resolveDir: process.cwd(), loader: 'ts' } })
  writeFileSync(file, outputFiles[0].text)
})

t.test('an open pool does not keep the process alive', async (t) => {
  t.strictSame(await runProgram('idle'), { code: 0, lines: ['400', 'end'], errors: '' })
  t.strictSame(await runProgram('never'), { code: 0, lines: ['2', 'end'], errors: '' })
})

t.test('frames under way do', async (t) => {
  const { code, lines, errors } = await runProgram('working')
  t.strictSame([code, lines[0], lines.slice(1).sort(), errors], [0, 'end', ['400', '600', '800'], ''])
  t.strictSame(await runProgram('left'), { code: 0, lines: ['end', '400'], errors: '' }, 'also those of a stream that is left lying')
})

t.test('close waits for them', async (t) => {
  t.strictSame(await runProgram('closed'), { code: 0, lines: ['400', 'closed', 'end'], errors: '' })
})

t.test('where code generation from strings is forbidden', async (t) => {
  const forbidden = ['--disallow-code-generation-from-strings']
  t.strictSame(await runProgram('strict', forbidden), { code: 0, lines: ['no strings', '400', '600', '800', 'end'], errors: '' })
})
