import { spawnSync } from 'node:child_process'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { FrameInfo } from '../../../lib/frame/frame-info.js'
import type { RawFrame } from '../../../lib/frame/raw-frame.js'
import { readFrames } from '../../../lib/io/read-frames.js'
import { writeDicom } from '../../../lib/io/write-dicom.js'
import type { WriteDicomOptions } from '../../../lib/io/write-dicom.js'
import { needsPython, runPython } from '../../fixtures/python.js'

const data = Uint16Array.from({ length: 35 }, (_, i) => (i === 34 ? 16383 : i * 117))
const frame = (info: FrameInfo = {}): RawFrame => ({ data, shape: [5, 7], info: { pixelPitch: [0.1, 0.2], ...info } })
const full: FrameInfo = {
  mode: { binning: '2x4', integrationTime: 133.3 },
  serialNumber: 'SN 12',
  kilovolts: 70.5,
  milliamps: 2.5,
  filter: '21 mm ALUMINUM',
  temperature: -3.25,
  bitsUsed: 14,
  pixelPitch: [0.1, 0.2],
  role: 'dark',
  time: '2024-02-29T13:04:05.25+01:00',
  minIsWhite: true
}

async function readBack(path: string): Promise<RawFrame> {
  for await (const read of readFrames([path], { hash: false })) return read
  throw new Error('no frame')
}

t.test('what is written reads back, with what is known of it', async (t) => {
  const path = join(t.testdir(), 'a.dcm')
  const both = async (info: FrameInfo, options?: WriteDicomOptions) => {
    await writeDicom(path, frame(info), { overwrite: true, ...options })
    const { data, shape, info: read } = await readBack(path)
    return { data, shape, info: { ...read, name: undefined } }
  }
  const wrote = { data, shape: [5, 7] }
  const rescale = { slope: 1, intercept: 0 }
  t.strictSame(await both(full), { ...wrote, info: { ...full, rescale, name: undefined } })
  const nothing = { bitsUsed: 16, pixelPitch: [0.1, 0.2], rescale, minIsWhite: false, name: undefined }
  t.strictSame(await both({}), { ...wrote, info: nothing })
  t.strictSame(await both({ bitsUsed: 13 }), { ...wrote, info: nothing }, 'values of more bits than were stated')
  t.strictSame(await both({ bitsUsed: 5 }), { ...wrote, info: nothing }, 'fewer bits than DX has')
  t.strictSame(await both({ rescale, time: '2024-02-29' }), { ...wrote, info: { ...nothing, time: '2024-02-29' } })
  t.match(await both({ time: '2024-02-29T13:04:05Z' }), { info: { time: '2024-02-29T13:04:05+00:00' } })
  t.match(await both({ time: '2024-02-29T13:04:05' }), { info: { time: '2024-02-29T13:04:05' } })
  t.match(await both({ serialNumber: 'more than sixteen letters' }), { info: { serialNumber: 'more than sixteen letters' } })
  t.match(await both({ filter: 'Al' }), { info: { filter: 'Al' } })
  for (const role of ['flat', 'projection'] as const) t.match(await both({ role }), { info: { role } })
  t.strictSame((await both({ corrections: ['offset', 'gain'] })).info, { ...nothing, corrections: ['offset', 'gain'] }, 'a derived frame')
  t.strictSame((await both({ corrections: [] })).info, { ...nothing, corrections: [] }, 'it says that there are none')
  t.match(await both({ framesAveraged: 4 }), { info: { framesAveraged: 4 } })
  const unfit: FrameInfo = {
    mode: { binning: 'full', frameRate: 30, integrationTime: NaN },
    time: 'yesterday',
    filter: 'more than sixteen letters',
    serialNumber: 'SN\\12'
  }
  t.strictSame((await both(unfit)).info, nothing, 'what DX has no place for')
  t.match(await both({ time: '2024-02-30T13:04:05' }), { info: { time: undefined } }, 'no such day')
  t.match(await both({}, { pixelPitch: [1 / 3, 12] }), { info: { pixelPitch: [0.3333333333, 12] } })
  // DS has at most 16 letters
  t.match(await both({ temperature: -0.000001234567891 }), { info: { temperature: -0.00000123456789 } })
  t.match(await both({ temperature: -1.2345678912e20 }), { info: { temperature: -1.23456789e20 } })
})

t.test('pydicom reads the same bits', needsPython('pydicom', 'numpy'), async (t) => {
  const path = join(t.testdir(), 'a.dcm')
  await writeDicom(path, frame(full), {
    patientName: 'A^B',
    patientId: '7',
    manufacturer: 'M',
    studyUid: '1.2.3',
    seriesUid: '1.2.4',
    instanceNumber: 3
  })
  const read = runPython(
    `import json, sys, pydicom
d = pydicom.dcmread(sys.argv[1])
print(json.dumps([d.pixel_array.ravel().tolist(), list(d.pixel_array.shape), str(d.SOPClassUID.name), str(d.PatientName), d.PatientID, d.Manufacturer,
  d.StudyInstanceUID, d.SeriesInstanceUID, int(d.InstanceNumber), list(d.ImageType), float(d.KVP), float(d.XRayTubeCurrentInuA), d.AcquisitionTime,
  d.file_meta.TransferSyntaxUID.name, d.SOPInstanceUID == d.file_meta.MediaStorageSOPInstanceUID, d.PhotometricInterpretation, d.BitsStored]))`,
    path
  )
  t.strictSame(read, [
    [...data],
    [5, 7],
    'Digital X-Ray Image Storage - For Processing',
    'A^B',
    '7',
    'M',
    '1.2.3',
    '1.2.4',
    3,
    ['ORIGINAL', 'PRIMARY', '', 'DARK'],
    70.5,
    2500,
    '130405.25',
    'Explicit VR Little Endian',
    true,
    'MONOCHROME1',
    14
  ])
})

const dcmtk = spawnSync('dcmdump', ['--version']).error ? { skip: 'dcmdump (dcmtk) was not found' } : {}

t.test('dcmtk reads the same bits', dcmtk, async (t) => {
  const folder = t.testdir()
  const path = join(folder, 'a.dcm')
  await writeDicom(path, frame(full))
  const { stdout, stderr, status } = spawnSync('dcmdump', ['+W', folder, path], { encoding: 'utf8' })
  t.equal(status, 0, stderr)
  t.match(stdout, '=DigitalXRayImageStorageForProcessing')
  const pixels = (await readdir(folder)).find((name) => name.endsWith('.raw'))!
  t.strictSame(await readFile(join(folder, pixels)), Buffer.from(data.buffer))
})

const checker = spawnSync('dciodvfy', ['-version']).error ? { skip: 'the conformance checker dciodvfy (dicom3tools) was not found' } : {}

t.test('a conformance checker finds no error', checker, async (t) => {
  const folder = t.testdir()
  const infos: FrameInfo[] = [
    {},
    full,
    { corrections: [] },
    { corrections: ['offset', 'gain'], framesAveraged: 16, filter: 'STRIP', serialNumber: 'more than sixteen letters' }
  ]
  for (const [i, info] of infos.entries()) {
    const path = join(folder, `${i}.dcm`)
    await writeDicom(path, frame(info))
    const { stdout, stderr, status } = spawnSync('dciodvfy', [path], { encoding: 'utf8' })
    t.equal(status, 0)
    t.match(stdout + stderr, 'DXImageForProcessing')
    t.notMatch(stdout + stderr, /Error|Unrecognized/)
  }
  // one series: what belongs to patient, study and series is the same in every file
  const series = { studyUid: '1.2.3', seriesUid: '1.2.3.4', studyTime: '2024-02-29T13:04:05' }
  const paths = await Promise.all(
    [full, { time: '2024-03-01T00:00:00' }].map(async (info, i) => {
      const path = join(folder, `series${i}.dcm`)
      await writeDicom(path, frame(info), { ...series, instanceNumber: i + 1 })
      return path
    })
  )
  const together = spawnSync('dcentvfy', paths, { encoding: 'utf8' })
  t.equal(together.status, 0)
  t.notMatch(together.stdout + together.stderr, /Error/)
  const [first, second] = await Promise.all(['0.dcm', '1.dcm'].map((name) => readFile(join(folder, name))))
  const uidOf = (bytes: Buffer): string => bytes.toString('latin1').match(/2\.25\.\d+/)![0]
  t.not(uidOf(first), uidOf(second), 'every frame has an identifier of its own')
})

t.test('what DX cannot hold is refused, and nothing is written', async (t) => {
  const folder = t.testdir()
  const path = join(folder, 'a.dcm')
  const refuse = (what: string, message: RegExp, written: RawFrame, options?: WriteDicomOptions) =>
    t.rejects(writeDicom(path, written, options), { code: 'ERR_OPTION', message }, what)
  await refuse('float32', /pixels of type u16 for DICOM DX \(corrected frames: uint16 output\), received f32/, {
    data: new Float32Array(1),
    shape: [1, 1]
  })
  await refuse('too wide', /at most 65535 rows and columns, and 4 GiB, for DICOM, received 1 x 65536/, {
    data: new Uint16Array(65536),
    shape: [1, 65536]
  })
  await refuse(
    'a rescaling',
    /DX for processing has none, received slope 1, intercept -16384/,
    frame({ rescale: { slope: 1, intercept: -16384 } })
  )
  await refuse('a slope', /received slope 2, intercept 0/, frame({ rescale: { slope: 2, intercept: 0 } }))
  await refuse('no pitch', /option "pixelPitch": expected two distances in mm above 0, .*, received none, and the frame does not say/, {
    data,
    shape: [5, 7]
  })
  await refuse('pitch 0', /received \[0,1\]/, frame(), { pixelPitch: [0, 1] })
  await refuse('no list', /received 5$/, frame(), { pixelPitch: 5 as never })
  await refuse('one distance', /received \[1\]/, frame(), { pixelPitch: [1] as never })
  await refuse('a name with \\', /option "patientName": expected at most 64 letters of ASCII/, frame(), { patientName: 'a\\b' })
  await refuse('a long id', /option "patientId"/, frame(), { patientId: 'x'.repeat(65) })
  await refuse('a maker that is no text', /option "manufacturer".*received 5/, frame(), { manufacturer: 5 as never })
  await refuse('no UID', /option "studyUid": expected a UID: at most 64 digits and points, received "1.02"/, frame(), { studyUid: '1.02' })
  await refuse('no UID', /option "seriesUid"/, frame(), { seriesUid: `1.${'2'.repeat(64)}` })
  await refuse('number 0', /option "instanceNumber": expected a number from 1, received 0/, frame(), { instanceNumber: 0 })
  await t.rejects(writeDicom(path, { data, shape: [5, 8] }), { code: 'ERR_SHAPE' })
  t.strictSame(await readdir(folder), [])
  await writeDicom(path, frame())
  const before = await readFile(path)
  await t.rejects(writeDicom(path, frame()), { code: 'ERR_EXISTS' })
  t.strictSame(await readFile(path), before)
})
