import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { FrameReader } from '../../../../../lib/io/formats/frame-format.js'
import { bytesFile } from '../../../../../lib/io/formats/bytes-file.js'
import { dicomFormat } from '../../../../../lib/io/formats/dicom/dicom.js'
import { readFragments } from '../../../../../lib/io/formats/dicom/read-fragments.js'
import { FORMATS } from '../../../../../lib/io/formats/formats.js'
import { countFrames } from '../../../../../lib/io/count-frames.js'
import type { CodecName, FrameDecoder, FrameDecoders } from '../../../../../lib/io/formats/frame-decoder.js'
import type { RawFrame } from '../../../../../lib/frame/raw-frame.js'
import { decodeJpegLossless } from '../../../../fixtures/decode-jpeg-lossless.js'
import { readFrames } from '../../../../../lib/io/read-frames.js'
import { buildDicom, buildRle, packedSegment, rleSyntax, samples } from '../../../../fixtures/formats/dicom.js'
import type { DicomElement, DicomParts } from '../../../../fixtures/formats/dicom.js'
import { expectedFigures, needsSharedData, sharedData } from '../../../../fixtures/shared-data.js'

const open = (bytes: Uint8Array): Promise<FrameReader> => dicomFormat.open(bytesFile('x.dcm', bytes), {})
const first = async (parts: DicomParts) => (await open(buildDicom(parts))).readPage(0)
const infoOf = async (...elements: DicomElement[]) => (await first({ elements })).info

const [implicit, big, deflated] = ['', '.2', '.1.99'].map((end) => `1.2.840.10008.1.2${end}`)
const pixels: DicomElement = [0x7fe00010, 'OW', Uint8Array.of(1, 0, 2, 0, 3, 1, 0xff, 0xff, 0, 0x80, 6, 0)]
const decoded = Uint16Array.of(1, 2, 259, 65535, 32768, 6)

t.test('pydicom and dcmtk wrote the same frame in every encoding', async (t) => {
  const folder = join(import.meta.dirname, '../../../../fixtures/dicom')
  const names = (await readdir(folder)).filter((name) => name.endsWith('.dcm'))
  t.ok(names.length >= 18, `${names.length} files`)
  for (const name of names) {
    const bytes = await readFile(join(folder, name))
    t.equal(
      FORMATS.find((format) => format.matches(bytes.subarray(0, 4096), bytes.length)),
      dicomFormat,
      name
    )
    const reader = await open(bytes)
    t.equal(reader.pages, name.includes('frames') ? 3 : 1)
    for (let page = 0; page < reader.pages; page++) {
      const { data, shape } = await reader.readPage(page)
      t.strictSame(shape, [5, 7])
      // what make.py wrote; in a u8 its lowest 8 bits
      const values = Array.from({ length: 35 }, (_, i) => Math.floor(i / 7) * 1000 + (i % 7) * 10 + page * 100)
      t.strictSame(Array.from(data), name.includes('u8') ? values.map((value) => value % 256) : values, `${name} ${page}`)
    }
  }
  const white = await (await open(await readFile(join(folder, 'white-zero.dcm')))).readPage(0)
  t.strictSame(white.info, { bitsUsed: 16, minIsWhite: true }, 'values are not turned round')
  const types = async (name: string) => (await (await open(await readFile(join(folder, name)))).readPage(0)).data.constructor
  t.strictSame([await types('u8.dcm'), await types('big-endian.dcm'), await types('u32.dcm')], [Uint8Array, Int16Array, Uint32Array])
})

t.test('a TIFF header in the preamble, a byte of padding left out, 16 bits as OB: as pydicom reads them', async (t) => {
  const folder = join(import.meta.dirname, '../../../../fixtures/dicom/odd')
  const expected = {
    'dual_signed.dcm': { data: Int16Array.of(-1, -2, 3, 4), shape: [2, 2] },
    'odd_length_8bit.dcm': { data: Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8), shape: [3, 3] },
    'ob_16bit.dcm': { data: Uint16Array.of(0, 1, 2, 3), shape: [2, 2] }
  }
  for (const [name, { data, shape }] of Object.entries(expected)) {
    const bytes = await readFile(join(folder, name))
    t.equal(FORMATS.find((format) => format.matches(bytes.subarray(0, 4096), bytes.length))?.key, 'dicom', name)
    const frame = await (await open(bytes)).readPage(0)
    t.strictSame([frame.data, frame.shape], [data, shape], name)
  }
})

t.test('real portal imagers read to their published figures', needsSharedData, async (t) => {
  const figures = expectedFigures()['epid-dicom']
  const known: Record<string, object> = {
    'DRGS_open.dcm': {
      kilovolts: 6000,
      bitsUsed: 16,
      framesAveraged: 299,
      pixelPitch: [0.784, 0.784],
      time: '2012-03-24T13:04:38',
      corrections: ['offset', 'gain', 'defects'],
      rescale: { slope: 1, intercept: -16384 },
      minIsWhite: false
    },
    'flatsym_demo.dcm': { bitsUsed: 16, pixelPitch: [0.392, 0.392], corrections: ['other'], minIsWhite: false },
    'qc3.dcm': {
      mode: { integrationTime: 588 },
      serialNumber: 'anonymous',
      kilovolts: 10000,
      bitsUsed: 16,
      pixelPitch: [0.392, 0.392],
      time: '2015-04-10T13:47:55.605',
      corrections: ['offset', 'gain', 'defects'],
      rescale: { slope: 1, intercept: 0 },
      minIsWhite: false
    }
  }
  for (const [file, { rows_cols, stored_values, first_row_first8 }] of Object.entries<any>(figures)) {
    const path = sharedData('epid-dicom', file)
    for await (const { data, shape, info } of readFrames([path], { hash: false })) {
      t.strictSame(shape, rows_cols, file)
      const values = Float64Array.from(data).sort()
      t.strictSame([...data.subarray(0, 8)], first_row_first8)
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length
      const std = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
      // published with ten digits
      t.ok(Math.abs(mean / stored_values.mean - 1) < 1e-9, `mean ${mean}`)
      t.ok(Math.abs(std / stored_values.std - 1) < 1e-9, `std ${std}`)
      t.equal(values[0], stored_values.min)
      t.equal(values[values.length - 1], stored_values.max)
      t.equal((values[values.length / 2 - 1] + values[values.length / 2]) / 2, stored_values.median)
      t.strictSame(info, { ...known[file], name: path })
    }
  }
})

t.test('our own files are valid, and recognised', async (t) => {
  for (const { name, bytes } of samples()) {
    t.equal(
      FORMATS.find((format) => format.matches(bytes.subarray(0, 4096), bytes.length)),
      dicomFormat,
      name
    )
    const reader = await open(bytes)
    t.strictSame((await reader.readPage(reader.pages - 1)).shape, [2, 3])
  }
  const matches = (...bytes: number[]): boolean => dicomFormat.matches(Uint8Array.from(bytes), bytes.length)
  t.notOk(matches(8, 0, 0, 0), 'too short')
  t.notOk(matches(8, 0, 5, 0, 0, 1, 1, 0, 8, 0, 8, 0, 0, 0, 0, 0), 'a long first element')
  t.notOk(matches(8, 0, 5, 0, 0, 0, 0, 0), 'one element')
  t.notOk(matches(8, 0, 5, 0, 0, 0, 0, 0, 8, 0, 4, 0, 0, 0, 0, 0), 'elements out of order')
  t.notOk(matches(8, 0, 5, 0, 0, 0, 0, 0, 8, 0, 8, 0, 0x43, 0x53, 0, 0), 'two encodings')
  t.ok(matches(8, 0, 5, 0, 0, 0, 0, 0, 8, 0, 8, 0, 0, 0, 0, 0))
  const noLength = Buffer.from(buildDicom({ elements: [pixels] }))
  const meta = Buffer.concat([noLength.subarray(0, 132), noLength.subarray(144)])
  t.strictSame((await (await open(meta)).readPage(0)).data, decoded, 'meta elements without their length')
})

t.test('every pixel type, as stored', async (t) => {
  const bytes = Uint8Array.of(254, 255, 255, 255, 1, 0, 0, 0)
  const read = async (bits: number, sign: number, cols: number, syntax?: string, vr = 'OW') => {
    const shape: DicomElement[] = [
      [0x00280010, 'US', 1],
      [0x00280011, 'US', cols],
      [0x00280103, 'US', sign]
    ]
    const depth: DicomElement[] = [
      [0x00280100, 'US', bits],
      [0x00280101, 'US', bits],
      [0x00280102, 'US', bits - 1]
    ]
    return (await first({ syntax, elements: [...shape, ...depth, [0x7fe00010, vr, bytes]] })).data
  }
  t.strictSame(await read(8, 0, 8, undefined, 'OB'), bytes)
  t.strictSame(await read(8, 1, 8), new Int8Array(bytes.buffer))
  t.strictSame(await read(16, 0, 4), Uint16Array.of(65534, 65535, 1, 0))
  t.strictSame(await read(16, 1, 4, implicit), Int16Array.of(-2, -1, 1, 0))
  t.strictSame(await read(16, 1, 4, big), Int16Array.of(-257, -1, 256, 0))
  t.strictSame(await read(32, 0, 2, deflated), Uint32Array.of(4294967294, 1))
  t.strictSame(await read(32, 1, 2), Int32Array.of(-2, 1))
  await t.rejects(read(32, 0, 2, big), /pixels of 16 bits, or of 8 as OB, in big endian, received 32 bits as OW/)
  await t.rejects(read(8, 0, 8, big), /received 8 bits as OW/)
  t.strictSame(await read(16, 0, 4, undefined, 'OB'), Uint16Array.of(65534, 65535, 1, 0))
  await t.rejects(read(16, 0, 4, big, 'OB'), /pixels as OW, or as OB in little endian, received 16 bits as OB/)
  await t.rejects(read(16, 0, 4, undefined, 'OF'), /pixels as OW, or as OB in little endian, received 16 bits as OF/)

  const float = (bits: number, tag: number, vr: string, value: Uint8Array, syntax?: string) =>
    first({
      syntax,
      elements: [
        [0x00280010, 'US', 1],
        [0x00280011, 'US', 1],
        [0x00280100, 'US', bits],
        [0x7fe00010, undefined],
        [tag, vr, value]
      ]
    })
  t.strictSame((await float(32, 0x7fe00008, 'OF', Uint8Array.of(0x40, 0x49, 0x0f, 0xdb), big)).data, Float32Array.of(Math.PI), 'IEEE 754')
  const half = await float(64, 0x7fe00009, 'OD', Uint8Array.of(0, 0, 0, 0, 0, 0, 0xe0, 0x3f))
  t.strictSame([half.data, half.info], [Float64Array.of(0.5), { minIsWhite: false }])
  await t.rejects(float(16, 0x7fe00008, 'OF', new Uint8Array(4)), /32 bits allocated to float pixels, received 16/)
})

t.test('bits above those stored', async (t) => {
  const read = (stored: number, sign: number, low: number, high: number, ...more: DicomElement[]) =>
    first({
      elements: [
        [0x00280010, 'US', 1],
        [0x00280011, 'US', 1],
        [0x00280101, 'US', stored],
        [0x00280102, 'US', stored - 1],
        [0x00280103, 'US', sign],
        ...more,
        [0x7fe00010, 'OW', Uint8Array.of(low, high)]
      ]
    })
  t.strictSame((await read(14, 0, 0xff, 0x3f)).data, Uint16Array.of(0x3fff))
  t.equal((await read(14, 0, 0xff, 0x3f)).info?.bitsUsed, 14)
  t.strictSame((await read(12, 1, 0xfe, 0xff)).data, Int16Array.of(-2), 'copies of the sign')
  t.strictSame((await read(12, 1, 0xfe, 0x0f)).data, Int16Array.of(-2), 'zeros above a negative value')
  t.strictSame((await read(12, 1, 0xfe, 0x07)).data, Int16Array.of(0x7fe))
  await t.rejects(read(14, 0, 5, 0x40), {
    code: 'ERR_FORMAT',
    message: 'x.dcm: expected pixels of 14 bits, without sign, and no others in 16, received 16389 at pixel 0'
  })
  await t.rejects(read(12, 1, 5, 0x40), /12 bits, with sign/)
  t.strictSame((await read(14, 0, 5, 0x40, [0x60020102, 'US', 14])).data, Uint16Array.of(5), 'an overlay that the file speaks of')
  await t.rejects(read(14, 0, 5, 0x40, [0x60000102, 'US', 0]), /14 bits/, 'an overlay of its own')
})

t.test('what the file says of the exposure', async (t) => {
  t.strictSame(
    await infoOf(
      [0x00080008, 'CS', 'ORIGINAL\\PRIMARY\\\\DARK'],
      [0x0008002a, 'DT', '20240229130405.25+0100'],
      [0x00143012, 'DS', '16'],
      [0x00180060, 'DS', '70.5'],
      [0x00181151, 'IS', '3'],
      [0x00188151, 'DS', '2500'],
      [0x00181150, 'IS', '100'],
      [0x00181063, 'DS', '40'],
      [0x00181164, 'DS', '0.1\\0.2'],
      [0x00187001, 'DS', '-3.5'],
      [0x0018700a, 'SH', 'SN 12'],
      [0x00181000, 'LO', 'device'],
      [0x0018701a, 'DS', '2\\4'],
      [0x00187050, 'CS', 'ALUMINUM\\COPPER\\LEAD'],
      [0x00187052, 'DS', '20\\1'],
      [0x00187054, 'DS', '21\\1'],
      [0x00281052, 'DS', '-10'],
      [0x00281053, 'DS', '.5']
    ),
    {
      mode: { binning: '2x4', integrationTime: 100, frameRate: 25 },
      serialNumber: 'SN 12',
      kilovolts: 70.5,
      milliamps: 2.5,
      filter: '20 to 21 mm ALUMINUM, 1 mm COPPER, LEAD',
      temperature: -3.5,
      bitsUsed: 16,
      framesAveraged: 16,
      pixelPitch: [0.1, 0.2],
      role: 'dark',
      time: '2024-02-29T13:04:05.25+01:00',
      rescale: { slope: 0.5, intercept: -10 },
      minIsWhite: false
    }
  )
  const nothing = { bitsUsed: 16, minIsWhite: false }
  t.strictSame(await infoOf(), nothing)
  t.strictSame(
    await infoOf(
      [0x00180060, 'DS', '0'],
      [0x00181151, 'IS', 'x'],
      [0x00143012, 'DS', '1.5'],
      [0x00181164, 'DS', '0.1'],
      [0x0018700a, 'SH', '\x01'],
      [0x0018701a, 'DS', '0\\1'],
      [0x00281052, 'DS', '1']
    ),
    nothing,
    'what cannot be is unknown'
  )
  const times = { detector: [0x00187014, 'DS', '133'], micro: [0x00188150, 'DS', '1500'], inner: [0x00143011, 'DS', '66.5'] } as const
  const integration = async (...elements: DicomElement[]) => (await infoOf(...elements))?.mode?.integrationTime
  t.equal(await integration(times.detector, times.micro), 133)
  t.equal(await integration(times.micro), 1.5)
  t.equal(await integration(times.inner, times.detector), 66.5)
  t.equal((await infoOf([0x00180040, 'IS', '30']))?.mode?.frameRate, 30)
  t.equal((await infoOf([0x00181000, 'LO', 'device']))?.serialNumber, 'device')
  t.equal((await infoOf([0x00181160, 'SH', 'STRIP']))?.filter, 'STRIP')
  t.equal((await infoOf([0x00181151, 'IS', '3']))?.milliamps, 3)
  const stack = await open(
    buildDicom({
      elements: [
        [0x00080008, 'CS', 'ORIGINAL\\PRIMARY\\\\FLAT'],
        [0x00280008, 'IS', '2'],
        [0x7fe00010, 'OW', new Uint8Array(24)]
      ]
    })
  )
  t.strictSame(stack.roles, ['flat', 'flat'])
  t.strictSame((await open(buildDicom())).roles, undefined)
})

t.test('times', async (t) => {
  const time = async (...elements: DicomElement[]) => (await infoOf(...elements))?.time
  const on = async (date: string, clock: string) => time([0x00080022, 'DA', date], [0x00080032, 'TM', clock])
  t.equal(await on('20240131', '235960.5'), '2024-01-31T23:59:60.5', 'a leap second')
  t.equal(await on('20240131', '07'), '2024-01-31T07:00:00')
  t.equal(await on('20240131', ''), '2024-01-31')
  t.equal(await on('2024.01.31', '07:08:09'), '2024-01-31T07:08:09', 'the form of ACR-NEMA')
  t.equal(await on('20240230', '07'), undefined, 'no such day')
  t.equal(await on('20240131', '24'), undefined)
  t.equal(await on('20240131', 'seven'), undefined)
  t.equal(await time([0x0008002a, 'DT', '2024']), '2024')
  t.equal(await time([0x0008002a, 'DT', '202402290713']), '2024-02-29T07:13:00')
  t.equal(await time([0x00080022, 'DA', '20240131']), '2024-01-31')
  t.equal(
    await time([0x00080022, 'DA', '20240131'], [0x00080032, 'TM', '070809'], [0x00080201, 'SH', '-0530']),
    '2024-01-31T07:08:09-05:30'
  )
  t.equal(await time([0x00080023, 'DA', '20240131']), '2024-01-31', 'content of an original')
  t.equal(await time([0x00080023, 'DA', '20240131'], [0x00080008, 'CS', 'DERIVED\\PRIMARY']), undefined, 'content of another')
})

t.test('corrections that the file speaks of', async (t) => {
  const corrections = async (...elements: DicomElement[]) => (await infoOf(...elements))?.corrections
  t.equal(
    await corrections([0x00080068, 'CS', 'FOR PROCESSING'], [0x00281040, 'CS', 'LIN'], [0x00282110, 'CS', '00']),
    undefined,
    'it does not say'
  )
  t.strictSame(await corrections([0x00080068, 'CS', 'FOR PRESENTATION']), ['other'])
  t.strictSame(await corrections([0x00281040, 'CS', 'LOG']), ['other'])
  t.strictSame(await corrections([0x00282110, 'CS', '01']), ['other'])
  t.strictSame(await corrections([0x00080008, 'CS', 'DERIVED\\PRIMARY']), ['other'])
  t.strictSame(await corrections([0x00280051, 'CS', 'UNIF\\DECY\\COR']), ['gain', 'other'])
  t.strictSame(
    await corrections([0x30020004, 'ST', 'Dark Field Correction off\r\nFlood Field Correction off\r\n']),
    [],
    'it says that there are none'
  )
  t.strictSame(await corrections([0x30020004, 'ST', 'Offset Corr. : false\r\nPixel Corr. : true\r\n']), ['defects'])
})

t.test('sequences', async (t) => {
  const exposure = (...items: DicomElement[][]): DicomElement => [0x30020030, 'SQ', items]
  for (const syntax of [implicit, undefined, big]) {
    for (const open of [false, true]) {
      const parts = {
        syntax,
        open,
        elements: [
          exposure(
            [
              [0x00180060, 'DS', '6000'],
              [0x00181151, 'IS', '5']
            ],
            [[0x00180060, 'DS', '9']]
          )
        ]
      }
      const { info } = await first(parts)
      t.match(info, { kilovolts: 6000, milliamps: 5 }, `${syntax} ${open}`)
    }
  }
  t.equal((await infoOf([0x30020030, 'SQ', []]))?.kilovolts, undefined, 'an empty one')
  const nested = (depth: number): DicomElement => (depth === 0 ? [0x00081140, 'SQ', []] : [0x00081140, 'SQ', [[nested(depth - 1)]]])
  t.ok(await first({ open: true, elements: [nested(15)] }))
  await t.rejects(first({ open: true, elements: [nested(16)] }), /sequences at most 16 deep, received deeper ones/)
  // an unknown element in explicit encoding: its items are implicit
  const inner = Buffer.from([
    0xfe, 0xff, 0, 0xe0, 0xff, 0xff, 0xff, 0xff, 8, 0, 0, 1, 2, 0, 0, 0, 65, 65, 0xfe, 0xff, 0x0d, 0xe0, 0, 0, 0, 0, 0xfe, 0xff, 0xdd, 0xe0,
    0, 0, 0, 0
  ])
  const unknown = Buffer.from(buildDicom({ elements: [[0x00091010, 'UN', inner], pixels] }))
  unknown.writeUInt32LE(0xffffffff, unknown.indexOf(inner) - 4)
  t.strictSame((await (await open(unknown)).readPage(0)).data, decoded)
})

const rle = (...segments: Uint8Array[]): DicomParts => ({ syntax: rleSyntax, items: [new Uint8Array(0), buildRle(...segments)] })

t.test('RLE', async (t) => {
  // PS3.5, annex G: the high bytes first; a run, then two bytes as they are
  const literal = Uint8Array.of(128, 5, 1, 2, 3, 4, 5, 6)
  t.strictSame((await first(rle(packedSegment, literal))).data, Uint16Array.of(0x0701, 0x0702, 0x0703, 0x0704, 0x0105, 0x0206))
  const refused: [string, DicomParts, RegExp][] = [
    [
      'a header that is cut',
      { syntax: rleSyntax, items: [new Uint8Array(0), new Uint8Array(60)] },
      /an RLE header of 64 bytes, received 60 bytes/
    ],
    ['one segment', rle(literal), /2 RLE segments, one per byte of a pixel, received 1/],
    ['too few bytes', rle(literal, Uint8Array.of(4, 1, 2, 3, 4, 5)), /RLE segment 2 of 6 bytes, received 5 bytes/],
    ['too many', rle(literal, Uint8Array.of(0xfa, 1)), /RLE segment 2 of 6 bytes, received more bytes/],
    ['a run that is cut', rle(literal, Uint8Array.of(5, 1)), /received a run that is cut/],
    ['bytes behind the last', rle(literal, Uint8Array.of(0xfb, 1, 0, 0)), /more bytes: 2 packed ones are left/],
    [
      'two fragments of a frame',
      { syntax: rleSyntax, items: [new Uint8Array(0), buildRle(literal, literal), new Uint8Array(2)] },
      /one RLE fragment per frame, received 2/
    ],
    [
      'a frame of a gigabyte',
      {
        ...rle(literal, literal),
        elements: [
          [0x00280010, 'US', 32000],
          [0x00280011, 'US', 32000]
        ]
      },
      /too few for them/
    ]
  ]
  for (const [what, parts, message] of refused) await t.rejects(first(parts), { code: 'ERR_FORMAT', message }, what)
  const disordered = Buffer.from(buildRle(literal, literal))
  disordered.writeUInt32LE(0xffffffff, 8)
  await t.rejects(
    first({ syntax: rleSyntax, items: [new Uint8Array(0), disordered] }),
    /RLE segments in order, from byte 64, received 64, 4294967295/
  )
})

t.test('packed frames of several fragments', async (t) => {
  const fragment = buildRle(packedSegment, packedSegment)
  const table = (...offsets: number[]): Uint8Array => new Uint8Array(Uint32Array.from(offsets).buffer)
  const read = (offsets: Uint8Array, ...fragments: Uint8Array[]) =>
    first({ syntax: rleSyntax, elements: [[0x00280008, 'IS', '2']], items: [offsets, ...fragments] })
  const second = 8 + fragment.length
  t.strictSame((await read(table(0, second), fragment, fragment, new Uint8Array(2))).data[0], 0x0707, 'the second frame has two')
  await t.rejects(read(table(0, 5), fragment, fragment, fragment), /offsets of fragments, in order, received 5 for frame 2/)
  await t.rejects(read(table(second, 0), fragment, fragment, fragment), /received \d+ for frame/)
  await t.rejects(
    read(new Uint8Array(0), fragment, fragment, fragment),
    /a table of 2 offsets, as frames have several fragments, received 0 bytes/
  )
  await t.rejects(read(new Uint8Array(0), fragment), /packed pixels of 2 frames, received 1 fragments/)
  await t.rejects(first({ syntax: rleSyntax, items: [] }), /packed pixels of 1 frames/)
  await t.rejects(first({ syntax: rleSyntax }), /packed pixels: RLE, received 12 plain bytes/)
  await t.rejects(first({ items: [new Uint8Array(0), fragment] }), /plain pixels, received packed ones/)
  const bytes = Buffer.from(buildDicom({ syntax: rleSyntax, items: [new Uint8Array(0), fragment] }))
  await t.rejects(open(bytes.subarray(0, bytes.length - 9)), /bytes of packed pixels, received \d+ up to the end of the file/)
  bytes.writeUInt16LE(0xe00d, bytes.length - 6)
  await t.rejects(open(bytes), /an item of packed pixels, at most 1048576, or their end, received \(fffe,e00d\) of 0 bytes/)
})

const packedFolder = join(import.meta.dirname, '../../../../fixtures/dicom/packed')
/** What make.py wrote. */
const ramp = (page: number): Uint16Array => Uint16Array.from({ length: 35 }, (_, i) => Math.floor(i / 7) * 1000 + (i % 7) * 10 + page * 100)

async function readWith(names: readonly string[], decoders: FrameDecoders): Promise<RawFrame[]> {
  const frames: RawFrame[] = []
  for await (const frame of readFrames(
    names.map((name) => join(packedFolder, name)),
    { decoders, hash: false }
  ))
    frames.push(frame)
  return frames
}

t.test('files of dcmtk that a codec of the caller unpacks', async (t) => {
  const lossless = ['jpeg-lossless.dcm', 'jpeg-lossless-frames.dcm']
  const frames = await readWith(lossless, { 'jpeg-lossless': decodeJpegLossless })
  t.strictSame(
    frames.map(({ data }) => data),
    [ramp(0), ramp(0), ramp(1), ramp(2)]
  )
  t.equal(
    await countFrames(
      lossless.map((name) => join(packedFolder, name)),
      { decoders: { 'jpeg-lossless': decodeJpegLossless } }
    ),
    4
  )
  const memory = ramp(0)
  const seen: unknown[] = []
  const decoder: FrameDecoder = async (codestream, frame) => {
    seen.push([[...codestream.subarray(0, 4)], frame])
    return memory
  }
  const [{ data }] = await readWith(['jpeg-ls.dcm'], { 'jpeg-ls': decoder, htj2k: undefined })
  t.strictSame([data, seen], [memory, [[[0xff, 0xd8, 0xff, 0xf7], { rows: 5, cols: 7, type: 'u16', bitsStored: 14 }]]])
  memory.fill(0)
  t.strictSame(data, ramp(0), 'a copy')
})

t.test('what a codec cannot do is told by name', async (t) => {
  const refuse = (what: string, decoders: unknown, error: { code: string; [fact: string]: unknown }) =>
    t.rejects(readWith(['jpeg-ls.dcm'], decoders as FrameDecoders), error, what)
  const path = join(packedFolder, 'jpeg-ls.dcm')
  const received = 'JPEG-LS (1.2.840.10008.1.2.4.80)'
  await refuse(
    'none',
    { 'jpeg-2000': ramp },
    {
      code: 'ERR_FORMAT',
      message: `${path}: expected plain, deflated or RLE pixels, or a codec for others (readFrames, option decoders: { 'jpeg-ls': ... }), received ${received}`
    }
  )
  await t.rejects(countFrames([path]), { code: 'ERR_FORMAT', received })
  const failing = (cause: unknown) => ({
    'jpeg-ls': () => {
      throw cause
    }
  })
  const cause = new Error('broken code')
  await refuse('an error', failing(cause), {
    code: 'ERR_FORMAT',
    cause,
    message: /a frame that the decoder of jpeg-ls unpacks, received broken code/
  })
  await refuse('a word', failing('broken'), { code: 'ERR_FORMAT', cause: 'broken', received: 'broken' })
  const giving = (value: unknown) => ({ 'jpeg-ls': () => value })
  const expected = 'a function that gives 35 values of u16'
  await refuse('one value less', giving(new Uint16Array(34)), {
    code: 'ERR_OPTION',
    subject: 'option "decoders": jpeg-ls',
    expected,
    received: '34 of u16'
  })
  await refuse('bytes', giving(new Uint8Array(70)), { code: 'ERR_OPTION', expected, received: '70 of u8' })
  await refuse('a view', giving(new DataView(new ArrayBuffer(70))), { code: 'ERR_OPTION', expected, received: 'object' })
  await refuse('nothing', giving(undefined), { code: 'ERR_OPTION', expected, received: 'undefined' })
  for (const [decoders, message] of [
    [null, /option "decoders": expected functions by name: jpeg-lossless, jpeg-ls, jpeg-2000, htj2k, received null/],
    [{ jpeg: ramp }, /expected names of jpeg-lossless, .*, received jpeg/],
    [{ htj2k: 5 }, /option "decoders": htj2k: expected a function, received number/]
  ] as const)
    t.throws(() => readFrames([path], { decoders: decoders as never }), { code: 'ERR_OPTION', message })
})

t.test('a codec sees only codestreams of the size of the frame', async (t) => {
  const read = (name: CodecName, end: string, ...fragments: Uint8Array[]) => {
    const decoder: FrameDecoder = ({ length }) => new Uint16Array(6).fill(length)
    const bytes = buildDicom({ syntax: `1.2.840.10008.1.2.4.${end}`, items: [new Uint8Array(0), ...fragments] })
    return dicomFormat.open(bytesFile('x.dcm', bytes), { decoders: { [name]: decoder } }).then((reader) => reader.readPage(0))
  }
  // T.81: start, a comment, start of frame: bits, rows, columns, components
  const jpeg = (marker: number, bits: number, rows: number, cols: number, components: number): Uint8Array =>
    Uint8Array.of(0xff, 0xd8, 0xff, 0xfe, 0, 4, 65, 65, 0xff, marker, 0, 11, bits, 0, rows, 0, cols, components, 1, 0x11, 0, 0)
  // T.800: SOC, SIZ
  const jpeg2000 = (x: number, offset: number, depth: number): Uint8Array => {
    const view = new DataView(new ArrayBuffer(44))
    view.setUint32(0, 0xff4fff51)
    ;[x, 2, offset, 0].forEach((value, i) => view.setUint32(8 + 4 * i, value))
    view.setUint16(40, 1)
    view.setUint8(42, depth)
    return new Uint8Array(view.buffer)
  }
  t.equal((await read('jpeg-ls', '81', jpeg(0xf7, 16, 2, 3, 1))).data[0], 22)
  t.equal((await read('jpeg-lossless', '57', jpeg(0xc3, 12, 2, 3, 1), new Uint8Array(4))).data[0], 26, 'all of its fragments')
  t.equal((await read('jpeg-2000', '90', jpeg2000(3, 0, 15))).data[0], 44)
  t.equal((await read('jpeg-2000', '91', jpeg2000(13, 10, 0x80 + 11))).data[0], 44, 'with an offset, and sign')
  t.equal((await read('htj2k', '201', jpeg2000(3, 0, 15))).data[0], 44)
  const refused: [string, ReturnType<typeof read>, RegExp][] = [
    [
      'more rows',
      read('jpeg-ls', '80', jpeg(0xf7, 16, 200, 3, 1)),
      /2 rows x 3 columns, one component of at most 16 bits, received 200 x 3, components: 1, bits: 16/
    ],
    ['more columns', read('jpeg-2000', '90', jpeg2000(2 ** 32 - 1, 0, 15)), /received 2 x 4294967295, components: 1, bits: 16/],
    ['colour', read('jpeg-ls', '80', jpeg(0xf7, 8, 2, 3, 3)), /components: 3/],
    ['deeper', read('htj2k', '203', jpeg2000(3, 0, 16)), /bits: 17/],
    ['another kind', read('jpeg-lossless', '70', jpeg(0xf7, 16, 2, 3, 1)), /a codestream of another kind: marker FFF7/],
    ['no JPEG', read('jpeg-ls', '80', new Uint8Array(44)), /no codestream of JPEG$/],
    ['no JPEG 2000', read('jpeg-2000', '90', new Uint8Array(44)), /no codestream of JPEG 2000/],
    ['a short one', read('jpeg-2000', '90', new Uint8Array(4)), /no codestream of JPEG 2000/],
    ['tables only', read('jpeg-ls', '80', jpeg(0xf7, 16, 2, 3, 1).subarray(0, 16)), /a codestream that ends before its frame/],
    ['no marker', read('jpeg-ls', '80', Uint8Array.of(0xff, 0xd8, ...new Uint8Array(10))), /a codestream without a marker at its byte 2/]
  ]
  for (const [what, reading, message] of refused) await t.rejects(reading, { code: 'ERR_FORMAT', message }, what)
})

const without = (tag: number): DicomParts => ({ elements: [[tag, undefined]] })
const withValue = (...element: DicomElement): DicomParts => ({ elements: [element] })
const refused: [string, Uint8Array, RegExp][] = [
  ['colour', buildDicom(withValue(0x00280002, 'US', 3)), /one sample per pixel, received 3/],
  ['a palette', buildDicom(withValue(0x00280004, 'CS', 'PALETTE COLOR')), /MONOCHROME1 or MONOCHROME2, received PALETTE COLOR/],
  ['nothing of its colour', buildDicom(without(0x00280004)), /received no photometric interpretation/],
  ['no rows', buildDicom(without(0x00280010)), /^x.dcm: expected rows \(0028,0010\), received none/],
  ['rows of four bytes', buildDicom(withValue(0x00280010, 'UL', 2)), /rows \(0028,0010\), received 4 bytes/],
  ['0 columns', buildDicom(withValue(0x00280011, 'US', 0)), /a frame of at least one pixel, received 2 rows x 0 columns/],
  ['12 bits', buildDicom(withValue(0x00280100, 'US', 12)), /pixels of 8, 16 or 32 bits, .* received 12 bits, representation 0/],
  ['more bits stored than there are', buildDicom(withValue(0x00280101, 'US', 17)), /1 to 16 bits stored, received 17/],
  [
    'bits to the left',
    buildDicom({
      elements: [
        [0x00280101, 'US', 12],
        [0x00280102, 'US', 15]
      ]
    }),
    /the lowest 12 bits used \(high bit 11\), received high bit 15/
  ],
  ['0 frames', buildDicom(withValue(0x00280008, 'IS', '0')), /a number of frames from 1, received 0/],
  ['frames without number', buildDicom(withValue(0x00280008, 'IS', '')), /received no number/],
  [
    'more frames than pixels',
    buildDicom(withValue(0x00280008, 'IS', '2')),
    /24 bytes of pixels: 2 frames of 2 rows x 3 columns x 2 bytes, received 12/
  ],
  ['pixels that are cut', buildDicom().subarray(0, -1), /12 bytes of pixels, received 11 up to the end of the file/],
  ['no pixels', buildDicom(without(0x7fe00010)), /pixels \(7FE0,0010\), received the end of the file/],
  [
    'a frame of 34 GB',
    buildDicom({
      elements: [
        [0x00280010, 'US', 65535],
        [0x00280011, 'US', 65535],
        [0x00280100, 'US', 64],
        [0x7fe00010, undefined],
        [0x7fe00009, 'OD', new Uint8Array(8)]
      ]
    }),
    /at most 2147483648 bytes/
  ],
  ['JPEG-LS', buildDicom({ syntax: '1.2.840.10008.1.2.4.80' }), /received JPEG-LS \(1.2.840.10008.1.2.4.80\)/],
  ['JPEG 2000', buildDicom({ syntax: '1.2.840.10008.1.2.4.90' }), /received JPEG 2000/],
  ['an unknown encoding', buildDicom({ syntax: '1.2.3' }), /received "1.2.3"/],
  ['no encoding', buildDicom({ syntax: '' }), /received ""/],
  [
    'the same element twice',
    Buffer.concat([buildDicom({ bare: true }).subarray(0, 34), buildDicom({ bare: true })]),
    /every element once, received \(0008,0008\) again/
  ],
  ['an element that goes beyond', Buffer.from([8, 0, 5, 0, 0, 0, 0, 0, 8, 0, 8, 0, 9, 0, 0, 0, 1]), /9 bytes of \(0008,0008\), received 1/],
  ['a tag that is cut', Buffer.from([8, 0, 5, 0, 0, 0, 0, 0, 8, 0, 6, 0, 0, 0, 0, 0, 1]), /a tag \(4 bytes\), received 1 bytes/],
  ['a long value', buildDicom(withValue(0x30020004, 'UT', 'x'.repeat(20000))), /at most 16384 bytes of \(3002,0004\), received 20000/],
  ['no DICOM', new Uint8Array(200), /DICM at byte 128, or elements of group 2 or 8, received neither/]
]

t.test('what disagrees is refused by name', async (t) => {
  for (const [what, bytes, message] of refused) await t.rejects(open(bytes), { code: 'ERR_FORMAT', message }, what)
})

t.test('damaged structure is refused', async (t) => {
  const changed = (parts: DicomParts, change: (bytes: Buffer) => void): Buffer => {
    const bytes = Buffer.from(buildDicom(parts))
    change(bytes)
    return bytes
  }
  await t.rejects(
    open(changed({}, (bytes) => bytes.writeUInt32LE(99999, 140))),
    /meta elements in the file, received their end at byte 100143/
  )
  await t.rejects(
    open(changed({}, (bytes) => bytes.writeUInt32LE(60, 140))),
    /meta elements up to byte 204, received an element of the data set/
  )
  await t.rejects(
    open(changed({}, (bytes) => bytes.write('??', bytes.indexOf('US')))),
    /the value representation of \(0028,0002\), received "\?\?"/
  )
  await t.rejects(open(changed({}, (bytes) => bytes.writeUInt16LE(0x11, 144 + 2))), /a transfer syntax \(0002,0010\), received none/)
  await t.rejects(
    open(changed({}, (bytes) => bytes.writeUInt32LE(0xe000fffe, bytes.indexOf('US') - 4))),
    /an element of the data set, received \(fffe,e000\)|value representation/
  )
  const sequence: DicomParts = { elements: [[0x30020030, 'SQ', [[[0x00180060, 'DS', '6000']]]]] }
  const item = (bytes: Buffer): number => bytes.indexOf(Buffer.from([0xfe, 0xff, 0, 0xe0]))
  await t.rejects(open(changed(sequence, (bytes) => bytes.writeUInt32LE(99, item(bytes) + 4))), /99 bytes of an item, received 12/)
  await t.rejects(open(changed(sequence, (bytes) => bytes.writeUInt8(1, item(bytes) + 2))), /an item of a sequence, received \(fffe,e001\)/)
  const unknown: DicomParts = { elements: [[0x00091010, 'OB', new Uint8Array(8)]] }
  await t.rejects(
    open(changed(unknown, (bytes) => bytes.writeUInt32LE(0xffffffff, bytes.indexOf('OB') + 4))),
    /a length of \(0009,1010\), OB, received none/
  )
  const packed = buildDicom({ syntax: deflated })
  await t.rejects(
    open(packed.subarray(0, packed.length - 20)),
    /a deflated data set that unpacks to at most 1073741824 bytes, received unexpected end of file/
  )
  const many = Buffer.alloc(8 * (2 ** 18 + 8))
  for (let at = 0; at < many.length; at += 8) many.writeUInt32LE(0xe000fffe, at)
  await t.rejects(open(buildDicom({ elements: [[0x30020030, 'SQ', many]] })), /at most 262144 elements before the pixels, received more/)
})

t.test('many small fragments take no time of their own', async (t) => {
  const frames = 100_000
  // an empty table of offsets would do where each frame has one fragment; here each has two
  const table = Buffer.alloc(8 + 4 * frames)
  table.writeUInt16LE(0xfffe, 0)
  table.writeUInt16LE(0xe000, 2)
  table.writeUInt32LE(4 * frames, 4)
  for (let frame = 0; frame < frames; frame++) table.writeUInt32LE(16 * frame, 8 + 4 * frame)
  const items = Buffer.alloc(8 * 2 * frames + 8)
  for (let item = 0; item <= 2 * frames; item++) {
    items.writeUInt16LE(0xfffe, 8 * item)
    items.writeUInt16LE(item === 2 * frames ? 0xe0dd : 0xe000, 8 * item + 2)
  }
  const start = performance.now()
  const found = await readFragments(bytesFile('x.dcm', Buffer.concat([table, items])), 0, frames)
  t.equal(found.length, frames)
  t.ok(found.every((fragments) => fragments.length === 2))
  t.strictSame(found[1], [
    { position: 8 + 4 * frames + 24, length: 0 },
    { position: 8 + 4 * frames + 32, length: 0 }
  ])
  // each frame looked through all fragments before: 2e10 steps, half a minute at least
  t.ok(performance.now() - start < 10_000)
})
