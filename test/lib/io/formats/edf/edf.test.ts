import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { bytesFile } from '../../../../../lib/io/formats/bytes-file.js'
import { edfFormat } from '../../../../../lib/io/formats/edf/edf.js'
import { buildEdf, buildGeneral, samples } from '../../../../fixtures/formats/edf.js'
import { foreignPixels } from '../../../../fixtures/foreign/pixels.js'
import { readAllFrames } from '../../../../fixtures/read-all-frames.js'
import { expectedFigures, needsSharedData, sharedData } from '../../../../fixtures/shared-data.js'

t.test('what fabio wrote is read exactly', async (t) => {
  const frames = await readAllFrames(['test/fixtures/foreign/stack.edf'])
  t.equal(frames.length, 3)
  for (const [k, { data, shape }] of frames.entries()) {
    t.strictSame(shape, [5, 7])
    t.strictSame(data, new Uint16Array(foreignPixels(k)))
  }
  t.match(frames[0].info, { mode: { integrationTime: 250 } })
  t.strictSame(frames[0].info?.pixelPitch, [0.2, 0.15], 'metres become millimetres; PSize_1 is along the columns')
  const [floats] = await readAllFrames(['test/fixtures/foreign/f32.edf'])
  t.strictSame(floats.data, new Float32Array(foreignPixels()))
})

t.test('a real frame, packed', needsSharedData, async (t) => {
  const [{ data, shape }] = await readAllFrames([sharedData('kcd-edf', 'i01f0001.edf.gz')])
  const { image } = expectedFigures()['kcd-edf'] as { image: { shape: number[]; min: number; max: number; mean: number } }
  t.strictSame(shape, image.shape)
  t.equal(
    (data as Float64Array).reduce((least, value) => Math.min(least, value)),
    image.min
  )
  t.equal(
    (data as Float64Array).reduce((most, value) => Math.max(most, value)),
    image.max
  )
  // the published mean has ten digits
  t.ok(Math.abs((data as Float64Array).reduce((sum, value) => sum + value, 0) / data.length - image.mean) < 1e-7)
})

t.test('our own files are valid', async (t) => {
  for (const { name, bytes } of samples()) {
    t.ok(edfFormat.matches(bytes.subarray(0, 4096), bytes.length), name)
    const reader = await edfFormat.open(bytesFile(name, bytes), {})
    t.equal(reader.pages, /^two|^behind/.test(name) ? 2 : 1)
    t.strictSame((await reader.readPage(reader.pages - 1)).shape, [2, 3])
  }
  const long = buildEdf({ Title: 'x'.repeat(9000), BSize_1: '2', BSize_2: '4' }, Uint8Array.of(1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0))
  const page = await (await edfFormat.open(bytesFile('long', Buffer.concat([long, Buffer.alloc(20)])), {})).readPage(0)
  t.strictSame([...page.data], [1, 2, 3, 4, 5, 6], 'a long header, zeros behind')
  t.equal(page.info?.mode?.binning, '4x2')
  t.notOk(edfFormat.matches(Buffer.from('{ "json": 1 }'), 13))
})

/** The values 0, 1, 2, ... as u16, of k frames of 2 x 3. */
const counted = (k: number): Uint8Array => new Uint8Array(Uint16Array.from({ length: 6 * k }, (_, i) => i).buffer)

async function framesOf(...parts: Uint8Array[]): Promise<number[][]> {
  const reader = await edfFormat.open(bytesFile('x.edf', Buffer.concat(parts)), {})
  const frames: number[][] = []
  for (let page = 0; page < reader.pages; page++) frames.push([...(await reader.readPage(page)).data])
  return frames
}

t.test('every frame is found, or what is left over is refused', async (t) => {
  const [first, second, third] = [0, 6, 12].map((from) => Array.from({ length: 6 }, (_, i) => from + i))
  const stack = { Num_Images: '3' }
  t.strictSame(await framesOf(buildEdf(stack, counted(3))), [first, second, third], 'three frames behind one header')
  t.strictSame(await framesOf(buildEdf({ ...stack, Size: '36' }, counted(3))), [first, second, third], 'the size of all')
  t.strictSame(await framesOf(buildEdf({ ...stack, Size: '12' }, counted(3))), [first, second, third], 'the size of one')
  for (const fill of [1, 4095, 4096, 9000, 2 ** 21]) {
    t.strictSame(
      await framesOf(buildEdf({}, counted(1)), Buffer.alloc(fill), buildEdf({}, counted(1))),
      [first, first],
      `${fill} zeros between`
    )
    const filled = buildEdf(
      { EDF_BinarySize: String(12 + fill + (fill % 12 ? 0 : 1)) },
      Buffer.concat([counted(1), Buffer.alloc(fill + (fill % 12 ? 0 : 1))])
    )
    t.strictSame(await framesOf(filled, buildEdf({}, counted(1))), [first, first], `${fill} zeros in the block`)
  }
  const brace = buildEdf({ EDF_HeaderSize: '512', Title: 'a }\n in a value' }, counted(1))
  t.strictSame(await framesOf(brace), [first], 'the stated size of the header counts')
  const long = buildEdf({ EDF_HeaderSize: '9216', Title: 'x'.repeat(8800) }, counted(1))
  t.strictSame(await framesOf(long, buildEdf({}, counted(1))), [first, first], 'a long header of stated size')
  const general = buildGeneral({ EDF_DataBlocks: '1', ByteOrder: 'LowByteFirst', EDF_BinarySize: '0' })
  t.strictSame(await framesOf(general, buildEdf({ ByteOrder: undefined }, counted(1))), [first], 'what a general block says holds for all')
  const refusals: [string, Uint8Array[], RegExp][] = [
    ['frames that nobody counted', [buildEdf({}, counted(3))], /a header that begins with \{/],
    [
      'the size of three, of which one is counted',
      [buildEdf({ Size: '36' }, counted(3))],
      /Num_Images .*, received 24 bytes more: as many as 2 frames/
    ],
    [
      'three frames in a block filled up',
      [buildEdf({ Size: '40' }, Buffer.concat([counted(3), Buffer.alloc(4)]))],
      /28 bytes more, which are not all zeros/
    ],
    ['fewer than counted', [buildEdf({ Num_Images: '4' }, counted(3))], /4 frames x 2 rows/],
    ['more than can be', [buildEdf({ Num_Images: '1000001' }, counted(3))], /at most 1000000 frames/],
    [
      'a header longer than to its }',
      [buildEdf({ EDF_HeaderSize: '514' }, Buffer.concat([counted(1)]))],
      /ends with \} within the 514 bytes/
    ],
    ['a header shorter than to its }', [buildEdf({ EDF_HeaderSize: '200' }, counted(1))], /ends with \} within the 200 bytes/],
    ['a header longer than the file', [buildEdf({ EDF_HeaderSize: '99999' }, counted(1))], /ends with \} within the 99999 bytes/],
    ['a general block only', [buildGeneral()], /a block of header and pixels, received none/],
    ['a key of every object as a type', [buildEdf({ DataType: 'constructor' })], /received constructor/],
    ['a key of every object as a byte order', [buildEdf({ ByteOrder: '__proto__' })], /received __proto__/]
  ]
  for (const [what, parts, message] of refusals) await t.rejects(framesOf(...parts), { code: 'ERR_FORMAT', message }, what)
})

t.test('what a file holds does not flood the message', async (t) => {
  const { message } = await edfFormat.open(bytesFile('x.edf', buildEdf({ DataType: 'x'.repeat(200_000) })), {}).then(
    () => t.fail() as never,
    (error: Error) => error
  )
  t.match(message, /received x{4000}\.\.\. \(200000 characters\)$/)
})

t.test('types by their other names', async (t) => {
  const names: [string, number[], number][] = [
    ['Unsigned8', [0, 255], 1],
    ['Signed8', [-128, 127], 1],
    ['Unsigned16', [0, 65535], 2],
    ['Signed16', [-32768, 32767], 2],
    ['Unsigned32', [0, 4294967295], 4],
    ['Signed32', [-2147483648, 2147483647], 4],
    ['FloatIEEE32', [0.5, -2], 4],
    ['FloatIEEE64', [0.1, -2], 8]
  ]
  for (const [DataType, values, width] of names) {
    const view = new DataView(new ArrayBuffer(2 * width))
    const kind = DataType.startsWith('F') ? 'Float' : DataType.startsWith('U') ? 'Uint' : 'Int'
    for (const [i, value] of values.entries()) (view as any)[`set${kind}${8 * width}`](i * width, value, true)
    t.strictSame(await framesOf(buildEdf({ DataType, Dim_1: '2', Dim_2: '1' }, new Uint8Array(view.buffer))), [values], DataType)
  }
})

t.test('pixels in a file beside it, and never elsewhere', async (t) => {
  const folder = t.testdir()
  const scans = join(folder, 'scans')
  mkdirSync(scans)
  writeFileSync(join(scans, 'pixels.bin'), counted(3))
  writeFileSync(join(folder, 'secret.bin'), counted(3))
  symlinkSync('../secret.bin', join(scans, 'link.bin'))
  const read = async (header: Record<string, string>): Promise<number[][]> => {
    const path = join(scans, 'x.edf')
    writeFileSync(path, Buffer.concat([buildEdf(header, new Uint8Array(0)), buildEdf({}, counted(1))]))
    return (await readAllFrames([path])).map(({ data }) => [...data])
  }
  t.strictSame(await read({ EDF_BinaryFileName: 'pixels.bin', EDF_BinaryFilePosition: '12', Num_Images: '2' }), [
    [6, 7, 8, 9, 10, 11],
    [12, 13, 14, 15, 16, 17],
    [0, 1, 2, 3, 4, 5]
  ])
  for (const name of ['../secret.bin', join(folder, 'secret.bin'), 'link.bin', 'none.bin', '..', '.', '..\\secret.bin']) {
    const message = /EDF_BinaryFileName of a file in the same folder/
    await t.rejects(read({ EDF_BinaryFileName: name }), { code: 'ERR_FORMAT', message }, name)
  }
  await t.rejects(read({ EDF_BinaryFileName: 'pixels.bin', EDF_BinaryFilePosition: '30' }), { message: /received 6 up to the end/ })
})

const refused: [string, Uint8Array, RegExp][] = [
  ['an unknown type', buildEdf({ DataType: 'Signed128' }), /at byte 0: expected DataType unsignedbyte, .*, received Signed128/],
  ['no type', buildEdf({ DataType: undefined }), /received none/],
  ['no byte order', buildEdf({ ByteOrder: undefined }), /ByteOrder LowByteFirst or HighByteFirst, received none/],
  ['an unknown byte order', buildEdf({ ByteOrder: 'Middle' }), /received Middle/],
  ['packed pixels', buildEdf({ COMPRESSION: 'ByteOffset' }), /not compressed, or by gzip or zlib, received ByteOffset/],
  ['a volume', buildEdf({ Dim_3: '4' }), /two dimensions, received Dim_3 = 4/],
  ['no rows', buildEdf({ Dim_2: '0' }), /Dim_2 of at least 1, received 0/],
  ['no number', buildEdf({ Dim_1: 'many' }), /Dim_1 of at least 1, received many/],
  ['no columns', buildEdf({ Dim_1: undefined }), /Dim_1 of at least 1, received none/],
  ['a size too small', buildEdf({ Size: '11' }), /Size of at least 12 bytes, which the pixels take, received 11/],
  ['more pixels than bytes', buildEdf({ Dim_2: '2000000000' }), /12000000000 bytes of pixels .*, received 12 up to the end/],
  ['cut', buildEdf().subarray(0, 520), /12 bytes of pixels \(2 rows x 3 columns x 2 bytes\), received 8 up to the end/],
  ['a header without an end', Buffer.from('{\nDim_1 = 3 ;\n'), /a header that ends with }/],
  [
    'something behind',
    Buffer.concat([buildEdf(), Buffer.from('more')]),
    /at byte 524: expected a header that begins with \{, received "more"/
  ],
  ['nothing', Buffer.alloc(0), /a block of header and pixels, received none/]
]

t.test('what cannot be read is refused by name', async (t) => {
  for (const [what, bytes, message] of refused)
    await t.rejects(edfFormat.open(bytesFile('x.edf', bytes), {}), { code: 'ERR_FORMAT', message }, what)
  const none = await edfFormat.open(bytesFile('x.edf', buildEdf({ Compression: 'None', Dim_3: '1' })), {})
  t.equal(none.pages, 1)
})
