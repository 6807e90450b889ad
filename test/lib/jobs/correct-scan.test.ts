import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import type { RawFrame } from '../../../lib/frame/raw-frame.js'
import { writeDicom } from '../../../lib/io/write-dicom.js'
import { writeHdf5 } from '../../../lib/io/write-hdf5.js'
import { writeTiff } from '../../../lib/io/formats/tiff/write-tiff.js'
import { saveCalibration } from '../../../lib/io/save-calibration.js'
import { convertScan, correctScan } from '../../../lib/jobs/index.js'
import type { CorrectScanEvent, CorrectScanOptions } from '../../../lib/jobs/index.js'
import { madeCalibration } from '../../fixtures/made-calibration.js'
import { readAllFrames } from '../../fixtures/read-all-frames.js'
import { runCommand } from '../../fixtures/run-command.js'

const shape = [24, 32] as const
const count = shape[0] * shape[1]

/** Raw values of frame k of input n. */
const raw = (n: number, k: number): Uint16Array => Uint16Array.from({ length: count }, (_, i) => 500 + ((i * (3 * n + k + 1)) % 700))
/** (raw - offset) * gain, all exact: offset 100 to 104, gain 1 or 1.5. */
const correct = (n: number, k: number): number[] => Array.from(raw(n, k), (value, i) => (value - (100 + (i % 5))) * (i % 2 === 0 ? 1 : 1.5))

interface Scan {
  readonly folder: string
  readonly calibration: string
  readonly inputs: string[]
}

/** Inputs of 1, 3 and 2 frames as HDF5, with times, and a calibration that is known by construction. */
async function makeScan(t: Test): Promise<Scan> {
  const folder = t.testdir()
  const calibration = join(folder, 'SN1.nxs')
  await saveCalibration(calibration, {
    ...madeCalibration(shape, 1, {
      offset: { data: Float32Array.from({ length: count }, (_, i) => 100 + (i % 5)), shape },
      gain: { data: Float32Array.from({ length: count }, (_, i) => (i % 2 === 0 ? 1 : 1.5)), shape, reference: 1000 },
      defects: { data: new Uint32Array(count), shape }
    }),
    pixelPitch: [0.148, 0.15],
    serialNumber: 'SN1'
  })
  const inputs: string[] = []
  for (const [n, frames] of [1, 3, 2].entries()) {
    const path = join(folder, `scan-${n}.h5`)
    const frameOf = (_: unknown, k: number): RawFrame => ({
      data: raw(n, k),
      shape,
      info: { time: `2026-11-30T08:0${n}:0${k}Z`, mode: { integrationTime: 100.5 }, bitsUsed: 14 }
    })
    await writeHdf5(path, Array.from({ length: frames }, frameOf))
    inputs.push(path)
  }
  return { folder, calibration, inputs }
}

const job = (scan: Scan, more: Partial<CorrectScanOptions> & Pick<CorrectScanOptions, 'out' | 'into'>): CorrectScanOptions => ({
  frames: scan.inputs,
  calibration: scan.calibration,
  ...more
})

t.test('every format takes the corrected values, and what is known of the frames', async (t) => {
  const scan = await makeScan(t)
  const rawLayout = { rows: shape[0], cols: shape[1], type: 'f32' as const }
  for (const [to, ending] of [
    ['tiff', '.tif'],
    ['npy', '.npy'],
    ['hdf5', '.nxs'],
    ['raw', '.raw']
  ] as const) {
    const out = join(scan.folder, to)
    const { files } = await correctScan(job(scan, { out, to }))
    t.match(
      files,
      [1, 3, 2].map((pages, n) => ({ output: join(out, `scan-${n}${ending}`), pages, clamped: 0 }))
    )
    for (const [n, { output, pages, readWith }] of files.entries()) {
      const frames = await readAllFrames([output], to === 'raw' ? { raw: rawLayout } : {})
      t.equal(readWith, to === 'raw' ? '--rows 24 --cols 32 --dtype f32' : null)
      t.strictSame(
        frames.map(({ data }) => [...data]),
        Array.from({ length: pages }, (_, k) => correct(n, k)),
        output
      )
      const info = {
        corrections: ['offset', 'gain', 'defects'],
        pixelPitch: [0.148, 0.15],
        mode: { integrationTime: 100.5 },
        serialNumber: 'SN1'
      }
      for (const frame of frames) {
        t.match(frame.info, info, output)
        t.equal(frame.info?.bitsUsed, undefined, 'corrected values have other bits')
      }
      t.equal(Date.parse(frames[0].info!.time!), Date.parse(`2026-11-30T08:0${n}:00Z`))
    }
  }
  const out = join(scan.folder, 'dicom')
  const { files } = await correctScan(job(scan, { out, to: 'dicom', output: 'uint16' }))
  const names = ['scan-0.dcm', 'scan-1-1.dcm', 'scan-1-2.dcm', 'scan-1-3.dcm', 'scan-2-1.dcm', 'scan-2-2.dcm']
  t.strictSame(readdirSync(out).sort(), names)
  t.equal(files.length, 6)
  const frames = await readAllFrames(names.map((name) => join(out, name)))
  // uint16 is rounded half to even
  const halfEven = (value: number): number => (value % 1 === 0.5 ? 2 * Math.round(value / 2) : Math.round(value))
  const expected = [1, 3, 2].flatMap((pages, n) => Array.from({ length: pages }, (_, k) => correct(n, k).map(halfEven)))
  t.strictSame(
    frames.map(({ data }) => [...data]),
    expected
  )
  for (const { info } of frames) t.match(info, { corrections: ['offset', 'gain', 'defects'], pixelPitch: [0.148, 0.15] })
  await t.rejects(correctScan(job(scan, { out, to: 'dicom' })), { code: 'ERR_OPTION', message: /uint16, as DICOM DX/ })
})

t.test('one file for all frames: in order, with image_key, times and the calibration', async (t) => {
  const scan = await makeScan(t)
  const into = join(scan.folder, 'new', 'all.h5')
  const { files } = await correctScan(job(scan, { into }))
  t.match(files, [{ output: into, pages: 6 }])
  const frames = await readAllFrames([into])
  t.strictSame(
    frames.map(({ data }) => [...data]),
    [1, 3, 2].flatMap((pages, n) => Array.from({ length: pages }, (_, k) => correct(n, k)))
  )
  const library = await import('h5wasm/node')
  await library.ready
  const file = new library.File(into, 'r')
  const value = (path: string): any => (file.get(path) as { value: unknown } | null)?.value
  const detector = '/entry/instrument/detector'
  t.strictSame([...value(`${detector}/image_key`)], [0, 0, 0, 0, 0, 0])
  // one minute from input to input, one second from frame to frame; the time of a file is that of its first frame
  t.equal(value(`${detector}/start_time`)[0], 0)
  t.match(JSON.parse(value('/entry/process/provenance/data')), {
    calibration: 'SN1.nxs',
    calibrationSha256: /^[0-9a-f]{64}$/,
    inputs: scan.inputs.map((path) => path.slice(-9))
  })
  file.close()
  t.strictSame((await correctScan(job(scan, { into, skipExisting: true }))).skipped, [into])
  for (const wrong of [{}, { out: 'a', into }, { into, to: 'tiff' }] as const) {
    await t.rejects(correctScan({ frames: scan.inputs, calibration: scan.calibration, ...wrong }), { code: 'ERR_OPTION' })
  }
})

t.test('what is skipped is known by calibration, options and input, in every format', async (t) => {
  const scan = await makeScan(t)
  for (const to of ['tiff', 'npy', 'hdf5', 'raw', 'dicom'] as const) {
    const out = join(scan.folder, `skip-${to}`)
    const options = job(scan, { out, to, output: 'uint16', skipExisting: true })
    t.equal((await correctScan({ ...options, frames: scan.inputs.slice(0, 2) })).skipped.length, 0, to)
    const first = new Map(readdirSync(out).map((name) => [name, readFileSync(join(out, name))]))
    const again = await correctScan(options)
    t.strictSame([again.skipped.length, again.files.length], to === 'dicom' ? [4, 2] : [2, 1], `${to}: the third is new`)
    for (const [name, bytes] of first) t.ok(readFileSync(join(out, name)).equals(bytes), name)
    const before = readdirSync(out).length
    await t.rejects(correctScan({ ...options, pedestal: 5 }), { code: 'ERR_EXISTS' }, `${to}: another pedestal`)
    await t.rejects(correctScan({ ...options, skipExisting: false }), { code: 'ERR_EXISTS' })
    t.equal(readdirSync(out).length, before)
    const forced = await correctScan({ ...options, pedestal: 5, force: true })
    t.equal(forced.files.length, to === 'dicom' ? 6 : 3)
  }
  const out = join(scan.folder, 'skip-tiff')
  const options = job(scan, { out, output: 'uint16', pedestal: 5, skipExisting: true })
  t.equal((await correctScan(options)).skipped.length, 3)
  utimesSync(scan.inputs[1], 1, 1)
  await t.rejects(correctScan(options), { code: 'ERR_EXISTS', message: /scan-1\.tif/ }, 'an input that was written again')
  // a file of somebody else under the name of an output
  writeFileSync(join(out, 'scan-1.tif'), 'II*\0 mine')
  await t.rejects(correctScan(options), { code: 'ERR_EXISTS', message: /scan-1\.tif/ })
  t.equal((await correctScan({ ...options, force: true })).files.length, 1, 'force does what is not done')
})

t.test('a whole hash of the inputs is recorded where it is asked for, and tells files apart that look alike', async (t) => {
  const scan = await makeScan(t)
  const path = join(scan.folder, 'late.tif')
  const write = async (last: number): Promise<void> => {
    // its pixels take more than the 64 KiB of the header that is always hashed
    const data = new Uint16Array(200 * 250).fill(7)
    data[data.length - 1] = last
    await writeTiff(path, [{ data, shape: [200, 250] }], { overwrite: true })
    utimesSync(path, 1000, 1000)
  }
  const big = [200, 250] as const
  const calibration = join(scan.folder, 'big.nxs')
  await saveCalibration(calibration, madeCalibration(big, 1))
  const options = { frames: [path], calibration, out: join(scan.folder, 'hashed'), skipExisting: true, hashInputs: true }
  await write(7)
  await correctScan(options)
  t.equal((await correctScan(options)).skipped.length, 1)
  await write(8)
  await t.rejects(correctScan(options), { code: 'ERR_EXISTS' })
})

t.test('outputs are told of in the order of the inputs, and an end by the user keeps the finished ones', async (t) => {
  const scan = await makeScan(t)
  const events: CorrectScanEvent[] = []
  await correctScan(job(scan, { out: join(scan.folder, 'a'), onEvent: (event) => events.push(event), atOnce: 3 }))
  t.equal(events[0].type, 'planned')
  t.strictSame(
    events.flatMap((event) => (event.type === 'finished' ? event.files.map(({ input }) => input) : [])),
    scan.inputs
  )
  t.strictSame(
    events.flatMap((event) => (event.type === 'progress' ? [[event.done, event.total]] : [])),
    [
      [0, 3],
      [1, 3],
      [2, 3],
      [3, 3]
    ]
  )
  const out = join(scan.folder, 'b')
  await t.rejects(correctScan(job(scan, { out, signal: AbortSignal.abort() })), { code: 'ERR_ABORTED' })
  t.notOk(readdirSync(scan.folder).includes('b'), 'an empty folder is not left')
})

t.test('corrected frames are refused everywhere, with exit 3, and taken where that is said', async (t) => {
  const scan = await makeScan(t)
  const at = (name: string): string => join(scan.folder, name)
  await correctScan(job(scan, { out: at('tiff') }))
  await convertScan({ frames: [at('tiff')], out: at('npy'), to: 'npy' })
  await convertScan({ frames: [at('npy')], out: at('hdf5'), to: 'hdf5' })
  await convertScan({ frames: [at('hdf5/scan-0.nxs')], out: at('again'), to: 'tiff' })
  // as `correct` of 0.1.0 left it
  const description = JSON.stringify({ program: 'flatpanel 0.1.0', calibration: 'SN1.nxs', output: 'float32', input: 'r-1.tif' })
  await writeTiff(at('old.tif'), [{ data: Float32Array.from(raw(0, 0)), shape }], { description })
  await writeDicom(at('one.dcm'), { data: raw(0, 0), shape, info: { pixelPitch: [0.1, 0.1], corrections: ['gain'] } })
  for (const file of ['tiff/scan-1.tif', 'npy/scan-1.npy', 'hdf5/scan-1.nxs', 'again/scan-0.tif', 'old.tif', 'one.dcm'].map(at)) {
    for (const argv of [
      ['correct', file, '--calibration', scan.calibration, '--out', at('none')],
      ['verify', '--flat', file, '--calibration', scan.calibration],
      ['measure', 'uniformity', file, '--calibration', scan.calibration],
      ['measure', 'lag', '--exposed', file, '--decay', file, '--calibration', scan.calibration],
      ['calibrate', '--dark', file, '--flat', scan.inputs[1], '--out', at('new.nxs')]
    ]) {
      const { code, stderr } = await runCommand(argv)
      t.equal(code, 3, `${argv[0]} ${file}: ${stderr}`)
      t.match(stderr, /ERR_(MODE|STACK): .*correct/, `${argv[0]} says why`)
    }
    t.equal(
      (await runCommand(['correct', file, '--calibration', scan.calibration, '--out', at('x'), '--force', '--allow-corrected'])).code,
      0
    )
  }
  t.notOk(readdirSync(scan.folder).includes('none'))
})
