import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { writeTiff } from '../../../lib/io/formats/tiff/write-tiff.js'
import { saveCalibration } from '../../../lib/io/save-calibration.js'
import { madeCalibration } from '../../fixtures/made-calibration.js'

const INPUTS = 60
const MOMENTS = 30
/** On a machine too busy for all of them the rest is left out, and it is said; at least 8 always run. */
const SECONDS = 60
const NEVER: Moment = { ms: 60_000 }
const main = resolve('dist', 'lib', 'cli', 'main.js')
const needsBuild = existsSync(main) ? {} : { skip: 'the built command is not there (npm run build)' }

/** When a run is killed: after so many ms, or once so many files stand in its folder. */
type Moment = { readonly ms: number } | { readonly files: number; readonly folder: string }

/** Run the built command; kill it with SIGKILL at a moment, if it still runs then. */
async function runKilled(argv: readonly string[], moment: Moment): Promise<{ killed: boolean; code: number | null; ms: number }> {
  const begin = performance.now()
  const child = spawn(process.execPath, [main, ...argv], { stdio: 'ignore', env: { PATH: process.env.PATH } })
  const hasCome = (): boolean =>
    'ms' in moment ? performance.now() - begin >= moment.ms : existsSync(moment.folder) && finished(moment.folder).length >= moment.files
  const timer = setInterval(() => hasCome() && child.kill('SIGKILL'), 2)
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
  clearInterval(timer)
  return { killed: signal === 'SIGKILL', code, ms: performance.now() - begin }
}

function finished(folder: string): string[] {
  return readdirSync(folder).filter((name) => !name.endsWith('.tmp'))
}

async function makeScan(folder: string): Promise<{ calibration: string; raw: string }> {
  const shape = [64, 64] as const
  const count = shape[0] * shape[1]
  const calibration = join(folder, 'SN1.nxs')
  await saveCalibration(
    calibration,
    madeCalibration(shape, 1, {
      offset: { data: Float32Array.from({ length: count }, (_, i) => 100 + (i % 5)), shape },
      gain: { data: Float32Array.from({ length: count }, (_, i) => 1 + (i % 3) / 10), shape, reference: 1000 },
      defects: { data: new Uint32Array(count), shape }
    })
  )
  for (let k = 0; k < INPUTS; k++) {
    const data = Uint16Array.from({ length: count }, (_, i) => 200 + ((i * (k + 1)) % 900))
    await writeTiff(join(folder, 'raw', `r-${k + 1}.tif`), [{ data, shape }])
  }
  return { calibration, raw: join(folder, 'raw') }
}

/** Files by name; what killed runs left of temporary files does not count. */
async function contents(folder: string): Promise<Map<string, Buffer>> {
  const names = existsSync(folder) ? finished(folder).sort() : []
  return new Map(await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))] as const)))
}

async function killAtMoments(t: Test, to: string, moments: number): Promise<void> {
  const folder = t.testdir({ raw: {} })
  const { calibration, raw } = await makeScan(folder)
  const argv = (out: string): string[] => [
    ...['correct', raw, '--calibration', calibration, '--out', join(folder, out), '--output', 'uint16', '--pedestal', '50'],
    ...['--to', to, '--skip-existing', '--quiet']
  ]
  const undisturbed = await runKilled(argv('whole'), NEVER)
  t.equal(undisturbed.code, 0)
  const expected = await contents(join(folder, 'whole'))
  t.equal([...expected.keys()].filter((name) => !name.endsWith('.json')).length, INPUTS)

  let kills = 0
  let tried = 0
  let resumed = 0
  const faults: string[] = []
  const end = performance.now() + 1000 * SECONDS
  for (let i = 0; i < moments && (tried < 8 || performance.now() < end); i++) {
    tried++
    await rm(join(folder, 'out'), { recursive: true, force: true })
    // some at any time of the run, most while files are written, which takes a small part of it
    const moment =
      i % 5 === 0
        ? { ms: undisturbed.ms * Math.random() }
        : { files: Math.floor(Math.random() * expected.size), folder: join(folder, 'out') }
    const when = JSON.stringify(moment)
    if ((await runKilled(argv('out'), moment)).killed) kills++
    const left = await contents(join(folder, 'out'))
    for (const [name, bytes] of left) {
      // the note beside a file says when it was written
      if (!name.endsWith('.json') && !expected.get(name)?.equals(bytes)) faults.push(`${when}: ${name} is not whole`)
    }
    if (left.size > 0 && left.size < expected.size) resumed++
    const { code } = await runKilled(argv('out'), NEVER)
    if (code !== 0) faults.push(`${when}: taken up again, exit ${code}`)
    const final = await contents(join(folder, 'out'))
    if ([...final.keys()].join() !== [...expected.keys()].join()) faults.push(`${when}: ${final.size} files`)
    for (const [name, bytes] of expected) {
      if (!name.endsWith('.json') && !final.get(name)?.equals(bytes)) faults.push(`${when}: ${name} is another`)
    }
  }
  t.strictSame(faults, [], `${to}: ${tried} moments of ${moments}, ${kills} of them before the end, ${resumed} with some files finished`)
  t.ok(kills >= tried / 4, `${kills} kills landed`)
  t.ok(resumed >= 1, `${resumed} runs were taken up in the middle`)
}

t.test('kill -9 of correct --skip-existing: taken up again, the outputs are complete and the same to the bit', needsBuild, async (t) => {
  await killAtMoments(t, 'tiff', MOMENTS)
})

t.test('the same for a format whose notes stand beside its files', needsBuild, async (t) => {
  await killAtMoments(t, 'npy', 6)
})
