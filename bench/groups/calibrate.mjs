import { execFile } from 'node:child_process'
import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { fresh, script } from '../contenders.mjs'
import { ours, oursUrl } from '../ours.mjs'
import { createRandom } from '../panel.mjs'

const execute = promisify(execFile)

let folder = null

/** `flatpanel calibrate` of darks and flats in TIFF files from a warm cache, in wall time, start of the process included. */
export const calibrate = {
  sizes: [1024, 3072],
  frames: 32,
  async contests(side, frames, { threads }) {
    folder = await mkdtemp(join(tmpdir(), 'flatpanel-bench-'))
    await writeFrames(side, frames)
    const known = threads > 1 && (await knowsThreads())
    const used = known ? threads : 1
    const resultBytes = await measureResult(used, known)
    const common = { clock: 'wall', per: 1e9, unit: 's', repetitions: 1 }
    return [
      {
        title: `flatpanel calibrate, ${frames} darks and ${frames} flats of ${side} x ${side}, ${used} thread${used > 1 ? 's' : ''}`,
        side,
        frames,
        contenders: {
          calibrate: {
            ...common,
            open: fresh(() => calibrating(used, known)),
            name: 'flatpanel calibrate',
            allocates: 'all it needs, process included',
            does: 'frames in, calibration out: hashes, verdicts, maps, defects, file synced'
          },
          readAndHash: {
            ...common,
            open: fresh(() =>
              script('read-and-hash.mjs', join(folder, 'frames'), join(folder, 'copy.bin'), String(resultBytes), String(used))
            ),
            name: 'read, SHA-256, write, fsync',
            allocates: 'one buffer per thread',
            does: `every frame read and hashed, ${resultBytes} bytes written and synced`
          }
        },
        rows: [
          {
            what: 'flatpanel calibrate / reading, SHA-256, writing, fsync',
            form: 'ratio',
            ours: 'calibrate',
            against: 'readAndHash',
            bar: side === 3072 ? 2.5 : null
          }
        ]
      }
    ]
  },
  async end() {
    if (folder !== null) await rm(folder, { recursive: true, force: true })
    folder = null
  }
}

const main = () => fileURLToPath(oursUrl('lib/cli/main.js'))
const result = () => join(folder, 'panel.nxs')

/** One run of the command into an empty place: an older file would be loaded and compared. */
function calibrating(threads, known) {
  const frames = join(folder, 'frames')
  const names = ['--dark', join(frames, 'dark*.tif'), '--flat', join(frames, 'flat*.tif'), '--out', result()]
  const args = [main(), 'calibrate', ...names, '--bits', '16', ...(known ? ['--threads', String(threads)] : [])]
  return { args, before: () => rmSync(result(), { force: true }) }
}

async function knowsThreads() {
  const { stdout } = await execute(process.execPath, [main(), 'calibrate', '--help'])
  return stdout.includes('--threads')
}

/** The first run, which also brings the files into the cache. */
async function measureResult(threads, known) {
  await execute(process.execPath, calibrating(threads, known).args)
  const { size } = await stat(result())
  return size
}

/**
 * Frames of a panel with shading, pixel gains and 0.1 % dead or hot pixels. The noise is one long list of normal values, begun at another
 * place for each frame: it is new for every pixel of it.
 */
async function writeFrames(side, frames) {
  const { writeTiff } = await ours('lib/io/index.js')
  await mkdir(join(folder, 'frames'))
  const random = createRandom(5)
  const count = side * side
  const spare = 1 << 20
  const noise = Float32Array.from({ length: count + spare }, () => Math.sqrt(3) * (random() + random() + random() + random() - 2))
  const dark = Float32Array.from({ length: count }, () => 900 + 40 * random())
  const flat = Float32Array.from({ length: count }, (_, i) => {
    const row = Math.floor(i / side) / side - 0.5
    return (20000 - 9000 * row * row) * (0.98 + 0.04 * random())
  })
  for (let k = 0; k < count / 1000; k++) flat[Math.floor(random() * count)] *= random() < 0.5 ? 0 : 1.5
  const data = new Uint16Array(count)
  for (const [name, level, sd] of [
    ['dark', 0, 8],
    ['flat', 1, 60]
  ]) {
    for (let k = 0; k < frames; k++) {
      const shift = Math.floor(random() * spare)
      for (let i = 0; i < count; i++) data[i] = dark[i] + level * flat[i] + sd * noise[i + shift] + 0.5
      await writeTiff(join(folder, 'frames', `${name}${String(k).padStart(3, '0')}.tif`), [{ data, shape: [side, side] }])
    }
  }
}
