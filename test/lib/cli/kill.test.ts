import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import t from 'tap'
import { loadCalibration } from '../../../lib/io/load-calibration.js'
import { runCommand } from '../../fixtures/run-command.js'
import { writeStacks } from '../../fixtures/write-stacks.js'

const MOMENTS = 50
/** On a machine too busy for all of them the rest is left out, and it is said; at least 10 always run. */
const SECONDS = 100
const main = resolve('dist', 'lib', 'cli', 'main.js')
const needsBuild = existsSync(main) ? {} : { skip: 'the built command is not there (npm run build)' }

/** Run the built command; kill it with SIGKILL after `delay` ms, if it still runs then. */
async function runKilled(argv: readonly string[], delay: number): Promise<{ killed: boolean; ms: number }> {
  const begin = performance.now()
  const child = spawn(process.execPath, [main, ...argv], { stdio: 'ignore', env: { PATH: process.env.PATH } })
  const timer = setTimeout(() => child.kill('SIGKILL'), delay)
  const [, signal] = await once(child, 'exit')
  clearTimeout(timer)
  return { killed: signal === 'SIGKILL', ms: performance.now() - begin }
}

t.test('kill -9 at random moments of calibrate --force: the old or the new file, loadable', needsBuild, async (t) => {
  const folder = t.testdir()
  await writeStacks(folder, { rows: 128, cols: 128, darks: 4, flats: 4, checks: 0 })
  const out = join(folder, 'SN1.nxs')
  const argv = [
    'calibrate',
    '--dark',
    join(folder, 'darks'),
    '--flat',
    join(folder, 'flats'),
    '--out',
    out,
    '--bits',
    '14',
    '--force',
    '--quiet'
  ]
  t.equal((await runCommand(argv)).code, 0)
  const { killed, ms } = await runKilled(argv, 60000)
  t.notOk(killed)

  let kills = 0
  const faults: string[] = []
  const end = performance.now() + 1000 * SECONDS
  let tried = 0
  for (let i = 0; i < MOMENTS && (tried < 10 || performance.now() < end); i++) {
    tried++
    // moments spread over the whole run, with more of them in its last half, where the file is written
    const moment = ms * (i % 2 === 0 ? (i + 0.5) / MOMENTS : 0.5 + (0.5 * (i + 0.5)) / MOMENTS)
    if ((await runKilled(argv, moment)).killed) kills++
    try {
      await loadCalibration(out)
    } catch (error) {
      faults.push(`killed after ${moment.toFixed(0)} ms: ${(error as Error).message}`)
    }
  }
  t.strictSame(faults, [], `${tried} moments of ${MOMENTS}, ${kills} of them before the end`)
  t.ok(kills >= tried / 4, `${kills} kills landed`)
  for (const name of await readdir(folder)) {
    if (/^SN1\..+\.nxs$/.test(name)) await t.resolves(loadCalibration(join(folder, name)), `${name}, kept, is whole`)
  }
  const { code } = await runCommand(argv)
  t.equal(code, 0, 'what the killed runs left behind does not block the next')
  t.ok((await readFile(out)).length > 0)
})
