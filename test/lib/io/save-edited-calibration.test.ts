import { readFileSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { loadCalibration } from '../../../lib/io/load-calibration.js'
import { lockFile } from '../../../lib/io/lock-file.js'
import { parseCalibration } from '../../../lib/io/parse-calibration.js'
import { readCalibrationHash } from '../../../lib/io/read-calibration-hash.js'
import { readCalibrationHeader } from '../../../lib/io/read-calibration-header.js'
import { saveCalibration } from '../../../lib/io/save-calibration.js'
import { saveEditedCalibration } from '../../../lib/io/save-edited-calibration.js'
import type { CalibrationSet } from '../../../lib/maps/calibration-set.js'
import { applyLayers } from '../../../lib/maps/layers/apply-layers.js'
import { layersOfCalibration } from '../../../lib/maps/layers/layers-of-calibration.js'
import { madeCalibration } from '../../fixtures/made-calibration.js'
import { needsPython, runPython } from '../../fixtures/python.js'

const shape = [300, 400] as const
const pixels = shape[0] * shape[1]
/** Few defects, so that layers are short. */
function made(): CalibrationSet {
  const data = new Uint32Array(pixels)
  for (let i = 500; i < pixels; i += 5003) data[i] = 2
  const calibration = madeCalibration(shape, 1, { defects: { data, shape }, serialNumber: 'SN1' })
  calibration.gain.data.fill(1)
  return calibration
}

const user = (row: number, reason: string) => ({
  action: 'add' as const,
  region: { row, col: 7, rows: 1, cols: 1 },
  classes: ['hot'] as const,
  date: '2026-11-21',
  author: 'A. User',
  reason
})

/** What `flatpanel defects add` does, on files of any size. */
async function add(path: string, row: number, splitFrom = 0, reason = `row ${row}`): Promise<CalibrationSet> {
  return lockFile(path, async () => {
    const before = await loadCalibration(path)
    const layers = layersOfCalibration(before)
    const { calibration } = applyLayers(before, { ...layers, user: [...layers.user, user(row, reason)] })
    await saveEditedCalibration(path, calibration, { keepOld: false, splitFrom })
    return calibration
  })
}

t.test('an edit leaves the maps where they are, and comes back with them', async (t) => {
  const folder = t.testdir()
  const path = join(folder, 'SN1.nxs')
  await saveCalibration(path, made())
  const { size, ino } = statSync(path)
  const hash = await readCalibrationHash(path)
  const edited = await add(path, 20)
  const maps = `SN1.maps-${hash.slice(0, 12)}.nxs`
  t.strictSame(readdirSync(folder).sort(), [maps, 'SN1.nxs'].sort())
  t.equal(statSync(join(folder, maps)).ino, ino, 'the file of before, not a copy')
  t.ok(statSync(path).size < size / 10, `${statSync(path).size} of ${size} bytes`)
  t.strictSame(await loadCalibration(path), edited)
  t.ok((edited.defects.data[20 * 400 + 7] & 0x200) !== 0)
  t.not(await readCalibrationHash(path), hash, 'another calibration')
  t.match(await readCalibrationHeader(path), { maps: { file: maps, sha256: hash }, mapsVerified: false })
  const again = await add(path, 21)
  t.strictSame(await loadCalibration(path), again)
  t.strictSame(readdirSync(folder).sort(), [maps, 'SN1.nxs'].sort())
  const bytes = readFileSync(path)
  t.strictSame(await parseCalibration(bytes, { maps: readFileSync(join(folder, maps)) }), again, 'from bytes')
  await t.rejects(parseCalibration(bytes), {
    code: 'ERR_CALIBRATION',
    message: /maps of this calibration, which are in SN1\.maps-.*received none/
  })
  await t.rejects(parseCalibration(bytes, { maps: bytes }), { code: 'ERR_CALIBRATION', message: /another calibration/ })

  await saveCalibration(join(folder, 'whole.nxs'), again)
  t.strictSame(await loadCalibration(join(folder, 'whole.nxs')), again, 'and is one file again when it is saved')
})

t.test('without its maps, or with those of another, it is refused', async (t) => {
  const folder = t.testdir()
  const path = join(folder, 'SN1.nxs')
  await saveCalibration(path, made())
  await add(path, 20)
  const maps = join(
    folder,
    readdirSync(folder).find((name) => name.includes('maps-'))!
  )
  renameSync(maps, `${maps}.away`)
  await t.rejects(loadCalibration(path), {
    code: 'ERR_CALIBRATION',
    message: /maps of this calibration in SN1\.maps-.*keep both files together/
  })
  await saveCalibration(maps, { ...made(), darkFrames: 31 })
  await t.rejects(loadCalibration(path), { code: 'ERR_CALIBRATION', message: /holds another calibration/ })
  const flipped = readFileSync(`${maps}.away`)
  flipped[20_000] ^= 1
  writeFileSync(maps, flipped)
  await t.rejects(loadCalibration(path), { code: 'ERR_CHECKSUM' })
})

t.test('a new calibration in its place is whole, and what is kept of the old one still finds its maps', async (t) => {
  const folder = t.testdir()
  const path = join(folder, 'SN1.nxs')
  await saveCalibration(path, made())
  const edited = await add(path, 20)
  const next = { ...made(), darkFrames: 31 }
  const { archived } = await saveCalibration(path, next, { overwrite: true })
  t.strictSame(await loadCalibration(path), next)
  t.strictSame(await loadCalibration(archived!), edited)
})

t.test('small files are written whole, and so is what changed more than its defects', async (t) => {
  const folder = t.testdir()
  const path = join(folder, 'SN1.nxs')
  await saveCalibration(path, made())
  const edited = await add(path, 20, 2 ** 24)
  t.strictSame(await loadCalibration(path), edited)
  t.strictSame(readdirSync(folder), ['SN1.nxs'])
  const offset = { data: new Float32Array(pixels).fill(7), shape }
  await saveEditedCalibration(path, { ...made(), offset }, { keepOld: false, splitFrom: 0 })
  t.strictSame(readdirSync(folder), ['SN1.nxs'])
  t.equal((await loadCalibration(path)).offset.data[3], 7)
})

t.test('of 10 edits at once none is lost', async (t) => {
  const folder = t.testdir()
  const path = join(folder, 'SN1.nxs')
  await saveCalibration(path, made())
  const rows = Array.from({ length: 10 }, (_, i) => 20 + i)
  await Promise.all(rows.map((row) => add(path, row)))
  const { layers } = await loadCalibration(path)
  t.strictSame(layers!.user.map(({ reason }) => reason).sort(), rows.map((row) => `row ${row}`).sort())
  t.notOk(
    readdirSync(folder).some((name) => name.startsWith('.')),
    'no sign is left'
  )
})

t.test('what a killed process left is removed once; what another holds is waited for', async (t) => {
  const folder = t.testdir()
  const path = join(folder, 'SN1.nxs')
  const sign = join(folder, '.SN1.nxs.lock')
  // no process has this number: it is beyond the largest of Linux
  writeFileSync(sign, `4194305 ${hostname()} x`)
  let inside = 0
  let most = 0
  const work = async () => {
    most = Math.max(most, ++inside)
    await new Promise((resolve) => setTimeout(resolve, 2))
    inside--
  }
  await Promise.all(Array.from({ length: 20 }, () => lockFile(path, work)))
  t.equal(most, 1, 'one at a time')
  t.strictSame(readdirSync(folder), [])
  writeFileSync(sign, `${process.pid} ${hostname()} x`)
  await t.rejects(lockFile(path, work, { patience: 30 }), {
    code: 'ERR_IO',
    message: /process \d+ on .* holds \(if it is gone, remove .*\.lock\)/
  })
  writeFileSync(sign, '1 elsewhere x')
  await t.rejects(lockFile(path, work, { patience: 30 }), { code: 'ERR_IO', message: /on elsewhere/ })
  await t.rejects(lockFile(path, work, { signal: AbortSignal.abort() }), { code: 'ERR_ABORTED' })
  await t.rejects(lockFile(join(folder, 'none', 'SN1.nxs'), work), { code: 'ERR_IO' })
})

t.test('h5py finds every map and the flags in force at the one name', needsPython('h5py', 'numpy'), async (t) => {
  const folder = t.testdir()
  const path = join(folder, 'SN1.nxs')
  const before = made()
  await saveCalibration(path, before)
  const edited = await add(path, 20)
  const program = `
import h5py, json, sys
with h5py.File(sys.argv[1], 'r') as f:
    d = f['entry/instrument/detector']
    maps = {k: [str(d[k].dtype), list(d[k].shape), float(d[k][123, 45])] for k in d if d[k].shape != ()}
    print(json.dumps({'maps': maps, 'flag': int(d['pixel_mask'][20, 7]), 'default': float(f['entry/data/flatfield'][5, 5])}))`
  const { maps, flag, default: shown } = runPython(program, path)
  const names = {
    offset: 'offset',
    offset_errors: 'offsetErrors',
    noise: 'noise',
    flatfield_errors: 'gainErrors',
    flatfield_noise: 'flatNoise'
  } as const
  for (const [name, key] of Object.entries(names))
    t.strictSame(maps[name], ['float32', [...shape], before[key]!.data[123 * 400 + 45]], name)
  t.equal(flag, edited.defects.data[20 * 400 + 7])
  t.equal(shown, 1)
})

t.test('the header is read alone', async (t) => {
  const folder = t.testdir()
  const path = join(folder, 'SN1.nxs')
  const calibration = made()
  await saveCalibration(path, calibration)
  const { shape: found, reference, provenance, serialNumber, maps, mapsVerified, sha256 } = await readCalibrationHeader(path)
  t.strictSame({ shape: found, provenance, serialNumber, maps, mapsVerified }, { shape, provenance: calibration.provenance, serialNumber: 'SN1', maps: null, mapsVerified: false }) // prettier-ignore
  t.equal(reference, calibration.gain.reference)
  t.equal(sha256, await readCalibrationHash(path))
  const damaged = readFileSync(path)
  damaged[5000] ^= 1
  writeFileSync(path, damaged)
  t.equal((await readCalibrationHeader(path)).sha256, sha256, 'damage of the maps is not seen')
  damaged[damaged.length - 80] ^= 1
  writeFileSync(path, damaged)
  await t.rejects(readCalibrationHeader(path), { code: 'ERR_CHECKSUM', message: /header/ })
  const first = new URL('../../fixtures/calibration/schema-1.nxs', import.meta.url)
  await t.rejects(readCalibrationHeader(first.pathname), { code: 'ERR_CALIBRATION', message: /schema 1: load it whole/ })
})
