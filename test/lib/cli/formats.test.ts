import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { FrameRole } from '../../../lib/frame/frame-info.js'
import type { RawFrame } from '../../../lib/frame/raw-frame.js'
import { loadCalibration } from '../../../lib/io/load-calibration.js'
import { writeTiff } from '../../../lib/io/formats/tiff/write-tiff.js'
import { writeHdf5 } from '../../../lib/io/write-hdf5.js'
import { createVirtualDetector } from '../../../lib/simulation/index.js'
import { buildHis } from '../../fixtures/formats/his.js'
import { readAllFrames } from '../../fixtures/read-all-frames.js'
import { runCommand } from '../../fixtures/run-command.js'
import { needsSharedData, sharedData } from '../../fixtures/shared-data.js'

t.test('convert keeps every value, in every format that is written', async (t) => {
  const folder = t.testdir()
  const source = 'test/fixtures/npy/stored.npz'
  const expected = (await readAllFrames([source])).map(({ data }) => [...data])
  for (const [to, ending] of [
    ['tiff', '.tif'],
    ['npy', '.npy'],
    ['hdf5', '.nxs'],
    ['raw', '.raw']
  ]) {
    const { code, stdout, stderr } = await runCommand(['convert', source, '--out', join(folder, 'out', to), '--to', to])
    t.equal(code, 0, stderr)
    t.match(stdout, /stored\.npz -> .*stored\..* \(3 frames/)
    const path = join(folder, 'out', to, `stored${ending}`)
    const raw = to === 'raw' ? { raw: { rows: 5, cols: 7, type: 'u16' as const } } : {}
    t.strictSame(
      (await readAllFrames([path], raw)).map(({ data }) => [...data]),
      expected,
      to
    )
  }
  const { stdout } = await runCommand(['convert', source, '--out', join(folder, 'again'), '--to', 'raw', '--json'])
  t.match(JSON.parse(stdout), { schema: 'flatpanel.convert/1', files: [{ frames: 3, readWith: '--rows 5 --cols 7 --dtype u16' }] })
})

t.test('convert refuses before it writes, and keeps what is finished', async (t) => {
  const folder = t.testdir({ 'bad.npy': 'no array' })
  const good = 'test/fixtures/npy/u16.npy'
  const failed = await runCommand(['convert', good, join(folder, 'bad.npy'), '--out', join(folder, 'out'), '--to', 'npy', '--json'])
  t.equal(failed.code, 3)
  t.match(JSON.parse(failed.stdout), { schema: 'flatpanel.convert/1', error: { code: 'ERR_FORMAT' }, files: [{ input: good }] })
  t.strictSame(readdirSync(join(folder, 'out')), ['u16.npy'])
  const again = await runCommand(['convert', good, '--out', join(folder, 'out'), '--to', 'npy'])
  t.equal(again.code, 3)
  t.match(again.stderr, /ERR_EXISTS: .*u16\.npy: expected no file of that name/)
  t.equal((await runCommand(['convert', good, '--out', join(folder, 'out'), '--to', 'npy', '--force'])).code, 0)
  const itself = await runCommand(['convert', join(folder, 'out', 'u16.npy'), '--out', join(folder, 'out'), '--to', 'npy', '--force'])
  t.equal(itself.code, 3)
  t.match(itself.stderr, /an output that is none of the inputs/)
  t.equal((await runCommand(['convert', good, '--out', join(folder, 'new'), '--to', 'bmp'])).code, 2)
  const nothing = await runCommand(['convert', join(folder, 'bad.npy'), '--out', join(folder, 'deep', 'new'), '--to', 'npy'])
  t.equal(nothing.code, 3)
  t.notOk(readdirSync(folder).includes('deep'), 'no empty folder is left')
  const double = await runCommand([
    'convert',
    'test/fixtures/npy/two.npz::darks',
    'test/fixtures/npy/two.npz::flats',
    '--out',
    join(folder, 'two'),
    '--to',
    'tiff'
  ])
  t.match(double.stderr, /two\.tif: expected one input for each output name/)
})

/** Darks, flats and projections in one file, in the order of a scan. */
async function writeScan(path: string): Promise<void> {
  const detector = createVirtualDetector({ rows: 64, cols: 80, seed: 3, bits: 14 })
  const frames: RawFrame[] = []
  const add = (role: FrameRole, source: Iterable<RawFrame>): void => {
    for (const frame of source) frames.push({ data: frame.data.slice(), shape: frame.shape, info: { role } })
  }
  add('flat', detector.flats(5))
  add('dark', detector.darks(10))
  add('projection', detector.flats(2, { session: 3 }))
  add('flat', detector.flats(5, { session: 2 }))
  await writeHdf5(path, frames)
}

t.test('calibrate and correct straight from a scan that says what its frames are', async (t) => {
  const folder = t.testdir()
  const scan = join(folder, 'scan.nxs')
  const out = join(folder, 'SN1.nxs')
  await writeScan(scan)
  const made = await runCommand(['calibrate', scan, '--out', out, '--bits', '14', '--json'])
  t.equal(made.code, 0, made.stderr)
  const calibration = await loadCalibration(out)
  t.equal(calibration.darkFrames, 10)
  t.equal(calibration.flatFrames, 10)
  const names = calibration.provenance.stacks.flatMap((stack) => stack.frames.map((frame) => frame.name))
  t.match(names[0], /scan\.nxs page 6$/, 'the darks stand behind the first five flats')
  const corrected = await runCommand(['correct', scan, '--calibration', out, '--out', join(folder, 'corrected'), '--json'])
  t.equal(corrected.code, 0, corrected.stderr)
  t.match(JSON.parse(corrected.stdout).files, [{ pages: 2 }], 'the projections only')
  const verified = await runCommand(['verify', '--calibration', out, '--flat', scan, '--json'])
  t.equal(verified.code, 0, verified.stderr)
  t.equal(JSON.parse(verified.stdout).overall.frames, 10, 'the flats only')
})

t.test('calibrate and correct from HIS and from a TIFF of many pages: the same maps and frames, and what the header says', async (t) => {
  const folder = t.testdir()
  const [rows, cols] = [64, 80]
  const detector = createVirtualDetector({ rows, cols, seed: 5, bits: 14 })
  const copy = (source: Iterable<RawFrame>) => [...source].map(({ data, shape }) => ({ data: (data as Uint16Array).slice(), shape }))
  const stacks = {
    darks: copy(detector.darks(10)),
    flats: copy(detector.flats(10)),
    raw: copy(detector.flats(2, { level: 0.3, session: 2 }))
  }
  const imageHeader = { kilovolts: 120, ampere: 0.002, averaged: 4, filter: '1 mm Cu', project: 'probe' }
  const storeHis = (name: string, frames: { data: Uint16Array }[], integrationTime = 133_250): void => {
    const pixels = Buffer.concat(frames.map(({ data }) => new Uint8Array(data.buffer)))
    const parts = { rows, cols, frames: frames.length, left: 17, top: 33, integrationTime, imageHeader, pixels }
    writeFileSync(join(folder, `${name}.his`), buildHis(parts))
  }
  for (const [name, frames] of Object.entries(stacks)) {
    storeHis(name, frames)
    await writeTiff(join(folder, `${name}.tif`), frames)
  }
  const results = []
  for (const ending of ['his', 'tif']) {
    const at = (name: string): string => join(folder, `${name}.${ending}`)
    const out = join(folder, `${ending}.nxs`)
    const corrected = join(folder, `corrected-${ending}`)
    const made = await runCommand([
      'calibrate',
      '--dark',
      at('darks'),
      '--flat',
      at('flats'),
      '--out',
      out,
      '--bits',
      '14',
      '--combine',
      'mean',
      '--quiet'
    ])
    t.equal(made.code, 0, made.stderr)
    const done = await runCommand(['correct', at('raw'), '--calibration', out, '--out', corrected, '--quiet'])
    t.equal(done.code, 0, done.stderr)
    const frames = await readAllFrames([join(corrected, readdirSync(corrected)[0])])
    t.equal(frames.length, 2)
    results.push({ calibration: await loadCalibration(out), frames: frames.map(({ data }) => data) })
  }
  const [his, tiff] = results
  const { offset, gain, defects } = his.calibration
  t.strictSame([offset, gain, defects], [tiff.calibration.offset, tiff.calibration.gain, tiff.calibration.defects])
  t.strictSame(his.frames, tiff.frames)
  // both from the stacks alone: the mean of the darks, and (raw - offset) * gain; float32 rounds by 6e-8 of each at most
  const far = (value: number, right: number): boolean => Math.abs(value - right) > 1e-6 * Math.abs(right) + 1e-4
  const means = Array.from(offset.data, (_, i) => stacks.darks.reduce((sum, { data }) => sum + data[i], 0) / 10)
  t.equal(means.filter((mean, i) => far(offset.data[i], mean)).length, 0, 'offset map')
  const wrong = stacks.raw.map(
    ({ data }, k) => data.filter((raw, i) => defects.data[i] === 0 && far(his.frames[k][i], (raw - means[i]) * gain.data[i])).length
  )
  t.strictSame(wrong, [0, 0], 'corrected frames')
  const { mode, kilovolts, filter } = his.calibration.provenance
  t.strictSame(
    { mode, kilovolts, filter },
    { mode: { integrationTime: 133.25, readoutRegion: '33,17,64,80' }, kilovolts: 120, filter: '1 mm Cu' }
  )
  t.equal(tiff.calibration.provenance.kilovolts, null)
  const [{ info }] = await readAllFrames([join(folder, 'raw.his')])
  t.match(info, { framesAveraged: 4, corrections: [] })

  storeHis('other', stacks.raw, 266_500)
  const refused = await runCommand([
    'correct',
    join(folder, 'other.his'),
    '--calibration',
    join(folder, 'his.nxs'),
    '--out',
    join(folder, 'none')
  ])
  t.equal(refused.code, 3)
  t.match(refused.stderr, /ERR_MODE: .*integrationTime: expected 133\.25.*, received 266\.5/)
})

t.test('a real scan after Data Exchange', needsSharedData, async (t) => {
  const folder = t.testdir()
  const tooth = sharedData('aps-tooth', 'tooth.h5')
  const out = join(folder, 'tooth.nxs')
  const made = await runCommand(['calibrate', tooth, '--out', out, '--combine', 'mean', '--no-normalize-flats'])
  t.equal(made.code, 0, made.stderr)
  const { darkFrames, flatFrames, offset, shape } = await loadCalibration(out)
  t.strictSame([darkFrames, flatFrames, shape], [10, 10, [2, 640]])
  // the published mean of the darks, 105.1849219 DN, has ten digits; float32 maps have seven
  const mean = offset.data.reduce((sum, value) => sum + value, 0) / offset.data.length
  t.ok(Math.abs(mean - 105.1849219) < 1e-4, `mean of the offset map ${mean}`)
  const corrected = await runCommand(['correct', tooth, '--calibration', out, '--out', join(folder, 'corrected'), '--json'])
  t.match(JSON.parse(corrected.stdout).files, [{ pages: 181 }])
})

t.test('scans and options together, and what cannot be', async (t) => {
  const folder = t.testdir()
  const scan = join(folder, 'scan.nxs')
  await writeScan(scan)
  const mixed = await runCommand(['calibrate', scan, '--dark', scan, '--out', join(folder, 'a.nxs'), '--bits', '14', '--quiet'])
  t.equal(mixed.code, 0, mixed.stderr)
  const silent = await runCommand(['calibrate', 'test/fixtures/npy/i32-stack.npy', '--out', join(folder, 'b.nxs')])
  t.equal(silent.code, 3)
  t.match(silent.stderr, /ERR_STACK: .*i32-stack\.npy: expected a file that says what its frames were taken for .*image_key/)
  t.equal((await runCommand(['calibrate', '--out', join(folder, 'b.nxs')])).code, 2, 'nothing named')
  const named = await runCommand(['calibrate', '--dark', scan, '--flat', scan, '--out', join(folder, 'c.nxs')])
  t.match(named.stderr, /each file in one stack only, received it in --dark and in --flat/)
})

t.test('frames that were corrected already', async (t) => {
  const folder = t.testdir()
  mkdirSync(join(folder, 'darks'))
  for (let k = 0; k < 3; k++) {
    const pixels = Uint8Array.from({ length: 2 * 48 * 48 }, (_, i) => (i % 2 === 0 ? 100 + ((i * 7 + k * 13) % 9) : 0))
    writeFileSync(join(folder, 'darks', `d${k}.his`), buildHis({ rows: 48, cols: 48, corrections: 1, pixels }))
    const flat = Uint8Array.from(pixels, (value, i) => (i % 2 === 0 ? value : 8))
    writeFileSync(join(folder, `f${k}.his`), buildHis({ rows: 48, cols: 48, pixels: flat }))
  }
  const argv = [
    'calibrate',
    '--dark',
    join(folder, 'darks'),
    '--flat',
    join(folder, 'f*.his'),
    '--out',
    join(folder, 'a.nxs'),
    '--bits',
    '14'
  ]
  const refused = await runCommand(argv)
  t.equal(refused.code, 3)
  t.match(refused.stderr, /expected raw frames, received frame 0 .*d0\.his.* with corrections applied: offset/)
  const allowed = await runCommand([...argv, '--allow-corrected'])
  t.equal(allowed.code, 0, allowed.stderr)
  t.match(allowed.stdout, /3 of 3 frames state that they were corrected already \(offset\)/)
  t.equal((await loadCalibration(join(folder, 'a.nxs'))).provenance.options.allowCorrected, true, 'it is recorded')
  const wrong = await runCommand([...argv, '--format', 'tiff', '--force'])
  t.equal(wrong.code, 3)
  t.match(wrong.stderr, /ERR_FORMAT/)
})
