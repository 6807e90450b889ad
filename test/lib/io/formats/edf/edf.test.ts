import t from 'tap'
import { bytesFile } from '../../../../../lib/io/formats/bytes-file.js'
import { edfFormat } from '../../../../../lib/io/formats/edf/edf.js'
import { buildEdf, samples } from '../../../../fixtures/formats/edf.js'
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
    t.equal(reader.pages, name === 'two.edf' ? 2 : 1)
    t.strictSame((await reader.readPage(reader.pages - 1)).shape, [2, 3])
  }
  const long = buildEdf({ Title: 'x'.repeat(9000), BSize_1: '2', BSize_2: '4' }, Uint8Array.of(1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0))
  const page = await (await edfFormat.open(bytesFile('long', Buffer.concat([long, Buffer.alloc(20)])), {})).readPage(0)
  t.strictSame([...page.data], [1, 2, 3, 4, 5, 6], 'a long header, zeros behind')
  t.equal(page.info?.mode?.binning, '4x2')
  t.notOk(edfFormat.matches(Buffer.from('{ "json": 1 }'), 13))
})

const refused: [string, Uint8Array, RegExp][] = [
  ['an unknown type', buildEdf({ DataType: 'Signed64' }), /at byte 0: expected DataType unsignedbyte, .*, received Signed64/],
  ['no type', buildEdf({ DataType: undefined }), /received none/],
  ['no byte order', buildEdf({ ByteOrder: undefined }), /ByteOrder LowByteFirst or HighByteFirst, received none/],
  ['an unknown byte order', buildEdf({ ByteOrder: 'Middle' }), /received Middle/],
  ['packed pixels', buildEdf({ COMPRESSION: 'GzipCompression' }), /not compressed, received GzipCompression/],
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
