import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import t from 'tap'
import { loadCalibration } from '../../../lib/io/load-calibration.js'
import { saveCalibration } from '../../../lib/io/save-calibration.js'
import { madeCalibration } from '../../fixtures/made-calibration.js'

const kills = 50
/** On a machine that is busy otherwise it ends sooner, and says so. */
const deadline = Date.now() + 70_000
t.setTimeout(230_000)

/** The fixture as one plain program: a child that has no TypeScript to load starts five times as fast. */
async function bundledFixture(folder: string): Promise<string> {
  const entry = fileURLToPath(new URL('../../fixtures/save-in-a-loop.ts', import.meta.url))
  const outfile = join(folder, 'save-in-a-loop.mjs')
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['h5wasm', 'zod'],
    logLevel: 'error'
  })
  return outfile
}

/** A child that is ready to save. */
interface Saver {
  readonly child: ChildProcess
  /** Milliseconds that a save takes, on this machine now. */
  readonly ready: Promise<number>
  /** The last generation that it said was saved; 0: none yet. */
  last: number
  complaint: string
}

function startSaver(program: string, path: string): Saver {
  const child = spawn(process.execPath, [program, path, `${program}.nxs`], { env: { ...process.env, NODE_OPTIONS: '' } })
  const ready = once(child.stdout.setEncoding('utf8'), 'data').then(([text]) => Number(text))
  const saver: Saver = { child, ready, last: 0, complaint: '' }
  child.stdout.once('data', () => child.stdout.on('data', (text: string) => (saver.last = Number(text.trim().split('\n').pop()))))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (saver.complaint += text))
  return saver
}

/** Kill -9 after the time that so many saves take. */
async function killAfter(saver: Saver, first: number, saves: number): Promise<void> {
  const delay = saves * (await saver.ready)
  const closed = once(saver.child, 'close')
  saver.child.stdin!.write(String(first))
  setTimeout(() => saver.child.kill('SIGKILL'), delay)
  await closed
}

/** The generation that stands in a file, from its values; the file as a whole was verified when it was loaded. */
async function generationOf(path: string): Promise<number> {
  const { gain } = await loadCalibration(path)
  return Math.round(gain.reference - madeCalibration([1, 1], 0).gain.reference)
}

t.test(`killed at ${kills} random moments: always the old or the new file, loadable`, async (t) => {
  const folder = t.testdir({ panel: {} })
  const program = await bundledFixture(folder)
  const path = join(folder, 'panel', 'SN1.nxs')
  await saveCalibration(path, madeCalibration([512, 512], 0))
  let state = 20261121
  const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32
  let current = 0
  let midSave = 0
  const wrong: string[] = []
  let next = startSaver(program, path)
  let killed = 0
  for (let kill = 0; kill < kills && Date.now() < deadline; kill++) {
    const saver = next
    await killAfter(saver, current + 1, random() * 3)
    killed++
    if (kill + 1 < kills) next = startSaver(program, path)
    const confirmed = Math.max(current, saver.last)
    const found = await generationOf(path).catch(String)
    // One generation may stand that the child had no time to tell of.
    if (found !== confirmed && found !== confirmed + 1) wrong.push(`kill ${kill}: ${confirmed} saved, found ${found} ${saver.complaint}`)
    current = typeof found === 'number' ? found : confirmed
    for (const name of readdirSync(join(folder, 'panel'))) {
      if (name.endsWith('.tmp')) midSave++
      // Some temporaries stay, so that the next child meets them.
      if ((name.endsWith('.tmp') && kill % 5 === 0) || /\dZ(-\d+)?\.nxs$/.test(name)) rmSync(join(folder, 'panel', name))
    }
  }
  next.child.kill('SIGKILL')
  t.same(wrong, [])
  t.comment(`${killed} of ${kills} kills, ${midSave} temporary files seen, ${current} generations saved`)
  t.ok(midSave >= 5, 'kills hit while a temporary file was there')
  t.ok(current >= 5, 'and others when generations had been saved')
})
