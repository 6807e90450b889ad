import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import t from 'tap'
import { loadCalibration } from '../../../lib/io/load-calibration.js'
import { saveCalibration } from '../../../lib/io/save-calibration.js'
import { madeCalibration } from '../../fixtures/made-calibration.js'

const main = resolve('dist', 'lib', 'cli', 'main.js')
const needsBuild = existsSync(main) ? {} : { skip: 'the built command is not there (npm run build)' }

async function runBuilt(...argv: string[]): Promise<{ code: number | null; stderr: string }> {
  const child = spawn(process.execPath, [main, ...argv], { stdio: ['ignore', 'ignore', 'pipe'], env: { PATH: process.env.PATH } })
  let stderr = ''
  child.stderr.on('data', (piece) => (stderr += piece))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stderr }
}

t.test('of edits by six processes at once, past the lock of a dead one, none is lost', needsBuild, async (t) => {
  const folder = t.testdir()
  const path = join(folder, 'SN1.nxs')
  const shape = [64, 48] as const
  const calibration = madeCalibration(shape, 1, { defects: { data: new Uint32Array(64 * 48), shape }, serialNumber: 'SN1' })
  calibration.gain.data.fill(1)
  await saveCalibration(path, calibration)
  // beyond the largest number of a process on Linux
  writeFileSync(join(folder, '.SN1.nxs.lock'), `4194305 ${hostname()} x`)
  const rows = [10, 12, 14, 16, 18, 20]
  const runs = await Promise.all(
    rows.map((row) => runBuilt('defects', 'add', path, `${row},7`, '--reason', `row ${row}`, '--author', 'A. User'))
  )
  t.strictSame(
    runs.filter(({ code }) => code !== 0),
    []
  )
  const { layers, defects } = await loadCalibration(path)
  t.strictSame(layers!.user.map(({ reason }) => reason).sort(), rows.map((row) => `row ${row}`).sort())
  t.ok(
    rows.every((row) => defects.data[row * 48 + 7] !== 0),
    'all of them are in force'
  )
  const kept = readdirSync(folder).filter((name) => name !== 'SN1.nxs')
  t.equal(kept.length, rows.length, 'each kept the file of before it, and no sign is left')
  for (const name of kept) await t.resolves(loadCalibration(join(folder, name)), name)
})
