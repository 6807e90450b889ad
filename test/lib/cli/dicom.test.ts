import { copyFileSync, existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { runConvert } from '../../../lib/cli/commands/convert.js'
import type { Terminal } from '../../../lib/cli/terminal.js'
import type { FrameRole } from '../../../lib/frame/frame-info.js'
import type { RawFrame } from '../../../lib/frame/raw-frame.js'
import { loadCalibration } from '../../../lib/io/load-calibration.js'
import { writeDicom } from '../../../lib/io/write-dicom.js'
import { writeHdf5 } from '../../../lib/io/write-hdf5.js'
import { createVirtualDetector } from '../../../lib/simulation/index.js'
import { buildDicom } from '../../fixtures/formats/dicom.js'
import { readAllFrames } from '../../fixtures/read-all-frames.js'
import { runCommand } from '../../fixtures/run-command.js'

/** Text elements of our own files, by a search for tag and letters. */
function textOf(path: string, tag: readonly number[], vr: string): string {
  const bytes = readFileSync(path)
  const at = bytes.indexOf(Buffer.from([...tag, ...Buffer.from(vr)]))
  return bytes.toString('latin1', at + 8, at + 8 + bytes.readUInt16LE(at + 6)).replace(/[\0 ]+$/, '')
}

const stack = 'test/fixtures/npy/stored.npz'

t.test('convert writes a file per frame, and a series per run', async (t) => {
  const folder = t.testdir()
  const out = join(folder, 'out')
  const single = join(folder, 'b.npy')
  copyFileSync('test/fixtures/npy/u16.npy', single)
  const { code, stdout, stderr } = await runCommand(['convert', stack, single, '--to', 'dicom', '--pitch', '139', '--out', out, '--json'])
  t.equal(code, 0, stderr)
  const names = ['stored-1.dcm', 'stored-2.dcm', 'stored-3.dcm', 'b.dcm']
  const paths = names.map((name) => join(out, name))
  const inputs = [stack, stack, stack, single]
  const files = paths.map((output, i) => ({ input: inputs[i], output, frames: 1, readWith: null }))
  t.strictSame(JSON.parse(stdout), { schema: 'flatpanel.convert/1', files })
  const [written, expected] = [await readAllFrames(paths), await readAllFrames([stack, single])]
  t.strictSame(
    written.map(({ data }) => data),
    expected.map(({ data }) => data)
  )
  t.strictSame(
    written.map(({ info }) => info?.pixelPitch),
    new Array(4).fill([0.139, 0.139])
  )
  const each = (tag: readonly number[], vr: string) => paths.map((path) => textOf(path, tag, vr))
  const [study] = each([0x20, 0, 0x0d, 0], 'UI')
  t.match(study, /^2\.25\.\d+$/)
  t.strictSame(each([0x20, 0, 0x0d, 0], 'UI'), new Array(4).fill(study), 'one study')
  t.equal(new Set(each([0x20, 0, 0x0e, 0], 'UI')).size, 1, 'one series')
  t.equal(new Set(each([8, 0, 0x18, 0], 'UI')).size, 4, 'every frame is known by its own name')
  t.strictSame(each([0x20, 0, 0x13, 0], 'IS'), ['1', '2', '3', '4'], 'in order')
  const again = await runCommand(['convert', single, '--to', 'dicom', '--pitch', '139', '--out', join(folder, 'again')])
  t.equal(again.stdout.replace(/\s+/g, ' '), `converted: 1 file in ${join(folder, 'again')} - b.npy -> b.dcm `)
  t.not(
    textOf(join(folder, 'again', 'b.dcm'), [0x20, 0, 0x0e, 0], 'UI'),
    textOf(paths[0], [0x20, 0, 0x0e, 0], 'UI'),
    'another run, another series'
  )
})

t.test('what frames say goes with them', async (t) => {
  const folder = t.testdir()
  const source = join(folder, 'a.dcm')
  const info = { pixelPitch: [0.1, 0.2], role: 'flat', kilovolts: 70, corrections: ['offset'], time: '2024-02-29T13:04:05' } as const
  await writeDicom(source, { data: Uint16Array.of(1, 2), shape: [1, 2], info })
  const out = join(folder, 'out')
  t.equal((await runCommand(['convert', source, '--to', 'dicom', '--out', out])).code, 0)
  t.match((await readAllFrames([join(out, 'a.dcm')]))[0].info, info)
  t.equal(textOf(join(out, 'a.dcm'), [8, 0, 0x20, 0], 'DA'), '20240229', 'the study begins with its first frame')
  const bytes = join(folder, 'bytes.dcm')
  writeFileSync(
    bytes,
    buildDicom({
      elements: [
        [0x00280100, 'US', 8],
        [0x00280101, 'US', 8],
        [0x00280102, 'US', 7],
        [0x7fe00010, 'OB', Uint8Array.of(1, 2, 3, 4, 5, 255)]
      ]
    })
  )
  t.equal((await runCommand(['convert', bytes, '--to', 'dicom', '--pitch', '100', '--out', out])).code, 0)
  const [widened] = await readAllFrames([join(out, 'bytes.dcm')])
  t.strictSame([widened.data, widened.info?.bitsUsed], [Uint16Array.of(1, 2, 3, 4, 5, 255), 8])
  t.equal((await runCommand(['convert', source, '--to', 'hdf5', '--pitch', '150', '--out', out])).code, 0)
  t.strictSame((await readAllFrames([join(out, 'a.nxs')]))[0].info?.pixelPitch, [0.15, 0.15], 'the option leads')
})

t.test('what cannot be a series is refused', async (t) => {
  const folder = t.testdir()
  const out = join(folder, 'out')
  const convert = (...argv: string[]) => runCommand(['convert', ...argv, '--to', 'dicom', '--out', out])
  const silent = await convert(stack)
  t.equal(silent.code, 2)
  t.match(
    silent.stderr,
    /ERR_OPTION: pixel pitch of .*stored\.npz page 1: expected --pitch, as DICOM must state it and the frame does not, received none/
  )
  const float = await convert('test/fixtures/npy/f32-fortran.npy', '--pitch', '139')
  t.match(float.stderr, /pixels of type u16 for DICOM DX .*, received f32/)
  t.notOk(existsSync(out), 'nothing is left')
  const misplaced = await runCommand(['convert', stack, '--to', 'npy', '--pitch', '139', '--out', out])
  t.equal(misplaced.code, 2)
  t.match(misplaced.stderr, /--pitch: expected --to dicom or hdf5, which have a place for it, received --to npy/)
  t.equal((await convert(stack, '--pitch', '0')).code, 2)
  copyFileSync('test/fixtures/npy/u16.npy', join(folder, 'stored-2.npy'))
  const twins = await convert(stack, join(folder, 'stored-2.npy'), '--pitch', '139')
  t.match(twins.stderr, /stored-2\.dcm: expected one input for each output name/)
  t.equal((await convert(stack, '--pitch', '139')).code, 0)
  const there = await convert(stack, '--pitch', '139')
  t.match(there.stderr, /ERR_EXISTS: .*stored-1\.dcm/)
  t.equal((await convert(stack, '--pitch', '139', '--force')).code, 0)
})

t.test('a file that changes while others are converted', async (t) => {
  const folder = t.testdir()
  const [steady, changing] = [join(folder, 'a.nxs'), join(folder, 'b.nxs')]
  const frames = (count: number): RawFrame[] => Array.from({ length: count }, () => ({ data: new Uint16Array(4), shape: [2, 2] }))
  await writeHdf5(steady, frames(2))
  for (const [count, received] of [
    [2, 'fewer'],
    [4, 'more']
  ] as const) {
    await writeHdf5(changing, frames(3), { overwrite: true })
    await writeHdf5(join(folder, 'other.h5'), frames(count), { overwrite: true })
    const terminal: Terminal = {
      print: () => {},
      document: () => {},
      say: () => {},
      json: false,
      signal: new AbortController().signal,
      progress: { report: (_stage, done) => void (done === 0 && copyFileSync(join(folder, 'other.h5'), changing)), stop: () => {} }
    }
    const options = { frames: [steady, changing], out: join(folder, received), to: 'dicom', pitch: 100 } as const
    await t.rejects(runConvert(options, terminal), {
      code: 'ERR_STACK',
      message: new RegExp(`b.nxs: expected as many frames as were counted, received ${received}`)
    })
  }
  const aborted = new AbortController()
  aborted.abort()
  t.equal(
    (await runCommand(['convert', stack, '--to', 'dicom', '--pitch', '1', '--out', join(folder, 'c')], { signal: aborted.signal })).code,
    130
  )
})

/** Darks, flats and projections as files of one series. */
async function writeSeries(folder: string): Promise<void> {
  const detector = createVirtualDetector({ rows: 64, cols: 80, seed: 3, bits: 14 })
  let instanceNumber = 0
  const add = async (role: FrameRole, source: Iterable<RawFrame>): Promise<void> => {
    for (const { data, shape } of source) {
      instanceNumber++
      const frame: RawFrame = { data, shape, info: { role, pixelPitch: [0.139, 0.139], bitsUsed: 14, kilovolts: 70 } }
      await writeDicom(join(folder, `${instanceNumber}.dcm`), frame, { studyUid: '1.2.3', seriesUid: '1.2.3.4', instanceNumber })
    }
  }
  await add('flat', detector.flats(5))
  await add('dark', detector.darks(10))
  await add('projection', detector.flats(2, { session: 3 }))
  await add('flat', detector.flats(5, { session: 2 }))
}

t.test('calibrate and correct straight from a series that says what its frames are', async (t) => {
  const folder = t.testdir({ series: {}, bare: {} })
  const series = join(folder, 'series')
  await writeSeries(series)
  const out = join(folder, 'SN1.nxs')
  const made = await runCommand(['calibrate', series, '--out', out, '--bits', '14', '--json'])
  t.equal(made.code, 0, made.stderr)
  const calibration = await loadCalibration(out)
  t.strictSame([calibration.darkFrames, calibration.flatFrames, calibration.shape], [10, 10, [64, 80]])
  const [darks, flats] = calibration.provenance.stacks.map(({ frames }) => frames.map(({ name }) => Number(/(\d+)\.dcm$/.exec(name!)![1])))
  t.strictSame(darks, [6, 7, 8, 9, 10, 11, 12, 13, 14, 15])
  t.strictSame(flats, [1, 2, 3, 4, 5, 18, 19, 20, 21, 22])
  const corrected = await runCommand(['correct', series, '--calibration', out, '--out', join(folder, 'corrected'), '--json'])
  t.equal(corrected.code, 0, corrected.stderr)
  t.strictSame(readdirSync(join(folder, 'corrected')).sort(), ['16.tif', '17.tif'], 'the projections only')
  t.match(corrected.stderr, /20 of 22 files say that they hold darks or flats only, and were left out/)
  t.equal(JSON.parse(corrected.stdout).leftOut.length, 20)
  const none = await runCommand(['correct', join(series, '1.dcm'), '--calibration', out, '--out', join(folder, 'none')])
  t.equal(none.code, 3)
  t.match(none.stderr, /ERR_STACK: .*1\.dcm: expected frames to correct, received darks and flats only, as the files say/)
  t.notOk(existsSync(join(folder, 'none')))
  const verified = await runCommand(['verify', '--calibration', out, '--flat', series, '--json'])
  t.equal(JSON.parse(verified.stdout).overall.frames, 10, 'the flats only')

  // the same frames from HDF5 give the same maps
  const scan = join(folder, 'scan.nxs')
  await writeHdf5(scan, await readAllFrames(Array.from({ length: 22 }, (_, i) => join(series, `${i + 1}.dcm`))))
  const other = join(folder, 'SN2.nxs')
  t.equal((await runCommand(['calibrate', scan, '--out', other, '--bits', '14'])).code, 0)
  const { offset, gain } = await loadCalibration(other)
  t.strictSame([calibration.offset.data, calibration.gain.data], [offset.data, gain.data])

  const bare = join(folder, 'bare', 'a.dcm')
  writeFileSync(bare, buildDicom())
  const silent = await runCommand(['calibrate', join(folder, 'bare'), '--out', join(folder, 'SN3.nxs')])
  t.equal(silent.code, 3)
  t.match(
    silent.stderr,
    /a\.dcm: expected a file that says what its frames were taken for \(.*, Image Type of DICOM\), received one that does not say it/
  )
})
