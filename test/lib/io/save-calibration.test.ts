import { spawnSync } from 'node:child_process'
import { readFileSync, readdirSync, symlinkSync, statSync } from 'node:fs'
import * as fsPromises from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { archiveCalibration } from '../../../lib/io/archive-calibration.js'
import { loadCalibration } from '../../../lib/io/load-calibration.js'
import { TRAILER } from '../../../lib/io/nexus/trailer-layout.js'
import { saveCalibration } from '../../../lib/io/save-calibration.js'
import type { CalibrationSet } from '../../../lib/maps/calibration-set.js'
import { madeCalibration } from '../../fixtures/made-calibration.js'
import { needsPython, runPython } from '../../fixtures/python.js'

const shape = [64, 64] as const
const mapKeys = ['offset', 'offsetErrors', 'noise', 'gain', 'gainErrors', 'flatSignal', 'flatNoise', 'defects'] as const
const bytesOf = (data: ArrayBufferView) => Buffer.from(data.buffer, data.byteOffset, data.byteLength)
const sameBits = (a: CalibrationSet, b: CalibrationSet) =>
  mapKeys.filter((key) => (a[key] && b[key] ? !bytesOf(a[key].data).equals(bytesOf(b[key].data)) : a[key] !== b[key]))

t.test('what was saved is loaded, bit for bit', async (t) => {
  const folder = t.testdir()
  const path = join(folder, 'SN1234.nxs')
  const saved = madeCalibration(shape)
  // Every class of float32 that a map may hold: -0, smallest and largest denormal, smallest and largest normal.
  const odd = Uint32Array.of(0x80000000, 0x00000001, 0x007fffff, 0x80000001, 0x00800000, 0x7f7fffff, 0xff7fffff, 0)
  for (const key of mapKeys) {
    const words = new Uint32Array(saved[key]!.data.buffer)
    words.set(
      key === 'offset' || key === 'flatSignal' || key === 'defects'
        ? odd
        : odd.map((word) => (word === 0x80000000 ? word : word & 0x7fffffff))
    )
  }
  t.strictSame(await saveCalibration(path, saved), { path, archived: null })
  const loaded = await loadCalibration(path)
  t.same(sameBits(loaded, saved), [])
  t.strictSame(loaded, saved)
  t.strictSame(structuredClone(loaded), saved, 'plain data')
  t.ok(Object.is(loaded.noise!.data[0], -0))
  t.same(readdirSync(folder), ['SN1234.nxs'])
})

t.test('what is null comes back as null, each alone and all together', async (t) => {
  const path = join(t.testdir(), 'SN1234.nxs')
  const nullable = ['offsetErrors', 'noise', 'gainErrors', 'flatNoise', 'saturation', 'pixelPitch', 'serialNumber', 'localName'] as const
  const all = Object.fromEntries(nullable.map((key) => [key, null])) as Partial<CalibrationSet>
  const { provenance } = madeCalibration(shape)
  const unknown = { created: null, kilovolts: null, filter: null, mode: {} }
  const bare = { ...provenance, ...unknown, stacks: [], warnings: [], options: {}, defectCounts: {} }
  const variants: Partial<CalibrationSet>[] = nullable.map((key) => ({ [key]: null }))
  for (const changed of [...variants, { provenance: bare }, { ...all, provenance: bare }]) {
    const saved = madeCalibration([5, 3], 2, changed)
    await saveCalibration(path, saved, { overwrite: true, keepOld: false })
    t.strictSame(await loadCalibration(path), saved, Object.keys(changed).join())
  }
  t.same(readdirSync(join(path, '..')), ['SN1234.nxs'])
})

t.test('sizes and texts at the edges', async (t) => {
  const path = join(t.testdir(), 'ä µ.calibration')
  const long = 'x'.repeat(3_000_000)
  const { provenance } = madeCalibration(shape)
  const variants = [
    madeCalibration([1, 1]),
    madeCalibration([1, 4097]),
    madeCalibration(shape, 1, {
      serialNumber: '探測器 \u{1f9ea}\n"',
      localName: long.slice(0, 100_000),
      darkFrames: 0xffffffff,
      saturation: 5e-324
    }),
    madeCalibration(shape, 1, { provenance: { ...provenance, warnings: [long] } })
  ]
  for (const saved of variants) {
    await saveCalibration(path, saved, { overwrite: true, keepOld: false })
    t.strictSame(await loadCalibration(path), saved)
  }
  const shared = madeCalibration(shape)
  const data = new Float32Array(new SharedArrayBuffer(shared.offset.data.byteLength))
  data.set(shared.offset.data)
  const view = new Float32Array(shape[0] * shape[1] + 5).subarray(5)
  view.set(shared.noise!.data)
  await saveCalibration(path, { ...shared, offset: { data, shape }, noise: { data: view, shape } }, { overwrite: true, keepOld: false })
  t.same(sameBits(await loadCalibration(path), shared), [], 'shared memory and views')
})

t.test('what could not be loaded again is not saved', async (t) => {
  const folder = t.testdir()
  const path = join(folder, 'SN1234.nxs')
  const good = madeCalibration(shape)
  const refused = async (changed: object, code: string, message: RegExp) =>
    t.rejects(saveCalibration(path, { ...good, ...changed } as CalibrationSet), { code, message }, String(message))
  const data = good.offset.data.slice()
  data[70] = NaN
  await refused(
    { offset: { data, shape } },
    'ERR_CALIBRATION',
    /SN1234\.nxs: offset: expected finite values, received NaN at pixel 70; 1 of 4096/
  )
  await refused({ noise: { data: good.offset.data, shape } }, 'ERR_CALIBRATION', /noise: expected finite values, none below 0/)
  await refused({ noise: { data: data.subarray(1), shape: [63, 65] } }, 'ERR_SHAPE', /noise: expected shape \[64, 64\]/)
  await refused({ shape: [64, 0] }, 'ERR_SHAPE', /calibration/)
  await refused({ offset: null }, 'ERR_CALIBRATION', /offset: expected a map, received none/)
  await refused(
    { noise: { data: Float64Array.from(good.noise!.data), shape } },
    'ERR_CALIBRATION',
    /noise: expected float32, received Float64Array/
  )
  await refused({ defects: { data: good.noise!.data, shape } }, 'ERR_CALIBRATION', /pixel_mask: expected uint32, received Float32Array/)
  await refused({ gain: { ...good.gain, reference: 0 } }, 'ERR_CALIBRATION', /reference: expected a finite number above 0, received 0/)
  await refused({ saturation: NaN }, 'ERR_CALIBRATION', /saturation value/)
  await refused({ pixelPitch: [0.1, 0] }, 'ERR_CALIBRATION', /pixel pitch/)
  await refused({ flatFrames: -1 }, 'ERR_CALIBRATION', /number of flats/)
  for (const serialNumber of ['SN\0', '\ud83d', 17]) await refused({ serialNumber }, 'ERR_CALIBRATION', /serial number/)
  const { provenance } = good
  const cycle: Record<string, unknown> = {}
  cycle.cycle = cycle
  await refused({ provenance: { ...provenance, options: cycle } }, 'ERR_CALIBRATION', /provenance: .*circular/)
  await refused({ provenance: { ...provenance, schema: 'other/1' } }, 'ERR_CALIBRATION', /provenance: .*"schema"/)
  await refused({ provenance: { ...provenance, version: '1\0' } }, 'ERR_CALIBRATION', /provenance: .*"version"/)
  await refused({ provenance: undefined }, 'ERR_CALIBRATION', /provenance/)
  t.same(readdirSync(folder), [])
})

t.test('an existing file is refused, or replaced and kept', async (t) => {
  const folder = t.testdir()
  const path = join(folder, 'SN1234.nxs')
  const generation = (seed: number) => madeCalibration([8, 8], seed)
  const now = new Date('2026-11-21T02:15:00.999Z')
  await saveCalibration(path, generation(1))
  await t.rejects(saveCalibration(path, generation(2)), { code: 'ERR_EXISTS', message: /SN1234\.nxs/ })
  t.strictSame(await loadCalibration(path), generation(1))
  const archives = ['SN1234.20261121T021500Z.nxs', 'SN1234.20261121T021500Z-2.nxs', 'SN1234.20261121T021500Z-3.nxs']
  for (const [turn, archive] of archives.entries()) {
    const { archived } = await saveCalibration(path, generation(turn + 2), { overwrite: true, now })
    t.equal(archived, join(folder, archive))
  }
  t.strictSame(await loadCalibration(path), generation(4))
  for (const [turn, archive] of archives.entries()) t.strictSame(await loadCalibration(join(folder, archive)), generation(turn + 1))
  t.equal((await saveCalibration(path, generation(5), { overwrite: true, keepOld: false })).archived, null)
  const { archived } = await saveCalibration(path, generation(6), { overwrite: true })
  t.match(archived, /SN1234\.\d{8}T\d{6}Z\.nxs$/)
  t.same(readdirSync(folder).sort(), ['SN1234.nxs', ...archives, archived!.slice(folder.length + 1)].sort())
})

t.test('a link is followed: the old file is kept beside its target', async (t) => {
  const folder = t.testdir({ real: {} })
  const target = join(folder, 'real', 'SN1234.nxs')
  await saveCalibration(target, madeCalibration([8, 8], 1))
  symlinkSync(join('real', 'SN1234.nxs'), join(folder, 'current'))
  const now = new Date('2026-01-02T03:04:05Z')
  const { archived } = await saveCalibration(join(folder, 'current'), madeCalibration([8, 8], 2), { overwrite: true, now })
  t.equal(archived, join(folder, 'real', 'SN1234.20260102T030405Z.nxs'))
  t.strictSame(await loadCalibration(archived!), madeCalibration([8, 8], 1))
  t.strictSame(await loadCalibration(target), madeCalibration([8, 8], 2))
})

t.test('the name of an archive is never one that is taken', async (t) => {
  const folder = t.testdir({ 'SN1.nxs': 'old', 'SN1.20260102T030405Z.nxs': 'older' })
  const archive = await archiveCalibration(join(folder, 'SN1.nxs'), new Date('2026-01-02T03:04:05Z'))
  t.equal(archive, join(folder, 'SN1.20260102T030405Z-2.nxs'))
  t.equal(readFileSync(archive!, 'utf8'), 'old')
  t.equal(readFileSync(join(folder, 'SN1.20260102T030405Z.nxs'), 'utf8'), 'older')
  t.equal(await archiveCalibration(join(folder, 'none.nxs')), null)
})

t.test('without hard links the old file is copied', async (t) => {
  const folder = t.testdir({ 'SN1.nxs': 'old', 'taken.nxs': 'older' })
  const link = () => Promise.reject(Object.assign(new Error('ENOTSUP'), { code: 'ENOTSUP', errno: -95 }))
  const keepOn = async (faults: object) =>
    t.mockImport<typeof import('../../../lib/io/keep-file.js')>('../../../lib/io/keep-file.js', {
      'node:fs/promises': { ...fsPromises, ...faults }
    })
  const path = join(folder, 'SN1.nxs')
  const { keepFile } = await keepOn({ link })
  t.equal(await keepFile(path, join(folder, 'copy.nxs')), true)
  t.equal(readFileSync(join(folder, 'copy.nxs'), 'utf8'), 'old')
  t.equal(statSync(path).nlink, 1, 'no link')
  t.equal(await keepFile(path, join(folder, 'taken.nxs')), false)
  t.equal(readFileSync(join(folder, 'taken.nxs'), 'utf8'), 'older')
  const copyFile = () => Promise.reject(Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', errno: -28 }))
  const full = await keepOn({ link, copyFile })
  await t.rejects(full.keepFile(path, join(folder, 'none.nxs')), { code: 'ERR_IO', cause: { code: 'ENOSPC' } })
})

t.test('folders that cannot be written, aborts: nothing is left', async (t) => {
  const folder = t.testdir({ file: 'x', taken: {} })
  const good = madeCalibration([8, 8])
  await t.rejects(saveCalibration(join(folder, 'file', 'SN1.nxs'), good), { code: 'ERR_IO', cause: { code: 'ENOTDIR' } })
  await t.rejects(saveCalibration('/proc/SN1.nxs', good), { code: 'ERR_IO' })
  await t.rejects(saveCalibration(join(folder, 'taken'), good, { overwrite: true }), { code: 'ERR_IO', cause: { code: 'EISDIR' } })
  const path = join(folder, 'SN1.nxs')
  await t.rejects(saveCalibration(path, good, { signal: AbortSignal.abort('enough') }), { code: 'ERR_ABORTED', cause: 'enough' })
  await saveCalibration(path, good)
  // Aborted between the archive and the rename: the signal is looked at last there.
  let looks = 0
  const late = { get aborted() { return ++looks > 1 }, reason: 'late' } as AbortSignal // prettier-ignore
  await t.rejects(saveCalibration(path, madeCalibration([8, 8], 2), { overwrite: true, signal: late }), { code: 'ERR_ABORTED' })
  t.equal(looks, 2)
  t.strictSame(await loadCalibration(path), good)
  t.same(readdirSync(folder).sort(), ['SN1.nxs', 'file', 'taken'])
})

t.test('several at once do not mix', async (t) => {
  const folder = t.testdir()
  const all = Array.from({ length: 6 }, (_, i) => madeCalibration([16 + i, 32], i))
  await Promise.all(all.map((one, i) => saveCalibration(join(folder, `SN${i}.nxs`), one)))
  const loaded = await Promise.all(all.map((_, i) => loadCalibration(join(folder, `SN${i}.nxs`))))
  t.strictSame(loaded, all)
})

t.test('the trailer stands where its table says', async (t) => {
  const path = join(t.testdir(), 'SN1.nxs')
  await saveCalibration(path, madeCalibration(shape))
  const bytes = readFileSync(path)
  const trailer = bytes.subarray(-64)
  t.equal(trailer.toString('latin1', 0, 16), 'flatpanel-seal/2')
  const [length, headerLength] = [16, 24].map((at) => Number(trailer.readBigUInt64LE(at)))
  t.equal(length + headerLength, bytes.length - 64)
  const header = bytes.subarray(length, -64)
  const sum = (input: Buffer) => spawnSync('sha256sum', ['-'], { input, encoding: 'utf8' })
  if (sum(header).error) t.comment('not compared: sha256sum not found')
  else {
    t.equal(trailer.toString('hex', 32, 64), sum(header).stdout.slice(0, 64))
    t.equal(JSON.parse(header.toString()).hdf5, sum(bytes.subarray(0, length)).stdout.slice(0, 64))
  }
  t.equal(TRAILER.length, 64)
})

t.test('h5py reads every name, value and attribute', needsPython('h5py', 'numpy'), async (t) => {
  const path = join(t.testdir(), 'SN1.nxs')
  const saved = madeCalibration(shape)
  await saveCalibration(path, saved)
  const program = `
import h5py, json, sys, hashlib
facts = {}
with h5py.File(sys.argv[1], 'r') as f:
    def visit(name, item):
        facts[name] = {k: str(v) for k, v in item.attrs.items()}
        if isinstance(item, h5py.Dataset):
            v = item[()]
            plain = v.decode() if isinstance(v, bytes) else v.item() if item.shape == () else hashlib.sha256(v.tobytes()).hexdigest()
            facts[name].update(dtype=str(item.dtype), shape=list(item.shape), value=plain)
    def walk(group, start):
        for key, item in group.items():
            visit(start + key, item)
            if isinstance(item, h5py.Group):
                walk(item, start + key + '/')
    walk(f, '')
    facts['/'] = {k: str(v) for k, v in f.attrs.items()}
    followed = f[f.attrs['default']]
    followed = followed[followed.attrs['default']]
    facts['opened'] = followed.name + '/' + followed.attrs['signal']
    facts['linked'] = f['entry/data/flatfield'] == f['entry/instrument/detector/flatfield']
print(json.dumps(facts))`
  const facts = runPython(program, path)
  t.strictSame(facts['/'], { NX_class: 'NXroot', default: 'entry', creator: 'flatpanel', schema: 'flatpanel.calibration/2' })
  t.match(facts, {
    entry: { NX_class: 'NXentry' },
    'entry/instrument': { NX_class: 'NXinstrument' },
    'entry/process': { NX_class: 'NXprocess' }
  })
  t.match(facts['entry/instrument/detector'], { NX_class: 'NXdetector', signal: 'flatfield' })
  t.match(facts, { opened: '/entry/data/flatfield', linked: true, 'entry/data': { NX_class: 'NXdata', signal: 'flatfield' } })
  const names: Record<(typeof mapKeys)[number], [string, string | undefined]> = {
    offset: ['offset', 'DN'],
    offsetErrors: ['offset_errors', 'DN'],
    noise: ['noise', 'DN'],
    gain: ['flatfield', '1'],
    gainErrors: ['flatfield_errors', '1'],
    flatSignal: ['flatfield_signal', 'DN'],
    flatNoise: ['flatfield_noise', 'DN'],
    defects: ['pixel_mask', undefined]
  }
  const checksums = JSON.parse(facts['entry/process/checksums/data'].value)
  t.equal(Object.keys(checksums).length, mapKeys.length)
  for (const key of mapKeys) {
    const [name, units] = names[key]
    const { sha256, ...rest } = { sha256: checksums[name], ...facts[`entry/instrument/detector/${name}`] }
    t.match(rest, { dtype: key === 'defects' ? 'uint32' : 'float32', shape: [64, 64], value: sha256 }, name)
    t.equal(rest.units, units)
  }
  const scalar = (name: string) => facts[`entry/instrument/detector/${name}`]
  t.match(scalar('reference'), { dtype: 'float64', shape: [], value: saved.gain.reference, units: 'DN' })
  t.match(scalar('saturation_value'), { value: 16383, units: 'DN' })
  t.match(scalar('x_pixel_size'), { value: 0.2, units: 'mm' }, 'along a row')
  t.match(scalar('y_pixel_size'), { value: 0.1, units: 'mm' })
  t.match(scalar('serial_number'), { value: 'SN1234 µ' })
  t.match(scalar('local_name'), { value: '' })
  t.match(scalar('dark_frames'), { value: 30 })
  t.match(scalar('flat_frames'), { value: 0 })
  t.match(facts['entry/process/program'], { value: 'flatpanel' })
  t.match(facts['entry/process/version'], { value: '0.1.0' })
  t.match(facts['entry/process/date'], { value: '2026-11-21T02:15:00.000Z' })
  t.match(facts['entry/process/provenance'], { NX_class: 'NXnote' })
  t.match(facts['entry/process/provenance/type'], { value: 'application/json' })
  t.strictSame(JSON.parse(facts['entry/process/provenance/data'].value), saved.provenance)
})
