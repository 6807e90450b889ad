import { deflateSync } from 'node:zlib'
import t from 'tap'
import { bytesFile } from '../../../../../lib/io/formats/bytes-file.js'
import { pngFormat } from '../../../../../lib/io/formats/png/png.js'
import type { RawFrame } from '../../../../../lib/frame/raw-frame.js'
import { buildPng, chunk, header, pixels, samples } from '../../../../fixtures/formats/png.js'
import { foreignPixels } from '../../../../fixtures/foreign/pixels.js'
import { readAllFrames } from '../../../../fixtures/read-all-frames.js'

const read = async (bytes: Uint8Array): Promise<RawFrame> => (await pngFormat.open(bytesFile('x.png', bytes), {})).readPage(0)
const end = chunk('IEND')

t.test('what Pillow wrote is read exactly', async (t) => {
  const [u16] = await readAllFrames(['test/fixtures/foreign/u16.png'])
  t.strictSame(u16.data, new Uint16Array(foreignPixels()))
  t.strictSame(u16.shape, [5, 7])
  const [u8] = await readAllFrames(['test/fixtures/foreign/u8.png'])
  t.strictSame(
    u8.data,
    Uint8Array.from({ length: 4096 }, (_, i) => (Math.floor(i / 64) ** 2 + 7 * (i % 64)) % 251),
    'with filters'
  )
  await t.rejects(readAllFrames(['test/fixtures/foreign/rgb.png']), {
    code: 'ERR_FORMAT',
    message: /one grey sample per pixel, received colour/
  })
})

t.test('every filter, worked out by hand', async (t) => {
  // two rows of three bytes: 10 20 30, and under it each filter from 5 5 5
  const cases: [number, number[]][] = [
    [0, [5, 5, 5]],
    [1, [5, 10, 15]], // left
    [2, [15, 25, 35]], // up
    [3, [10, 20, 30]], // 5 + floor(10 / 2), 5 + floor((10 + 20) / 2), 5 + floor((20 + 30) / 2)
    [4, [15, 25, 35]] // nearest to left + up - corner: 10 (up); 15 + 20 - 10 = 25: up 20; 25 + 30 - 20 = 35: up 30
  ]
  for (const [filter, second] of cases) {
    const frame = await read(buildPng(header({ bits: 8 }), pixels(Uint8Array.of(0, 10, 20, 30, filter, 5, 5, 5)), end))
    t.strictSame([...frame.data], [10, 20, 30, ...second], `filter ${filter}`)
    const first = await read(buildPng(header({ bits: 8, rows: 1 }), pixels(Uint8Array.of(filter, 4, 4, 4)), end))
    const expected = { 0: [4, 4, 4], 1: [4, 8, 12], 2: [4, 4, 4], 3: [4, 6, 7], 4: [4, 8, 12] }[filter]
    t.strictSame([...first.data], expected, `filter ${filter} in the first row, above which there are zeros`)
  }
  const corner = await read(buildPng(header({ bits: 8 }), pixels(Uint8Array.of(0, 10, 50, 9, 4, 90, 1, 1)), end))
  // row 2: 90 + up 10 = 100; 1 + nearest to 100 + 50 - 10 = 140: left 100; 101 + 9 - 50 = 60: left 101 (41), up 9 (51), corner 50 (10)
  t.strictSame([...corner.data.slice(3)], [100, 101, 51])
})

t.test('our own files are valid', async (t) => {
  for (const { name, bytes } of samples()) {
    t.ok(pngFormat.matches(bytes, bytes.length))
    t.equal((await read(bytes)).shape[1], 3, name)
  }
  const frame = await read(samples()[0].bytes)
  t.strictSame(frame.data, Uint16Array.of(1, 2, 3, 256, 4, 65535))
  t.equal(frame.info?.bitsUsed, 14)
  const raw = deflateSync(Uint8Array.of(0, 1, 2, 3))
  const parts = buildPng(header({ bits: 8, rows: 1 }), chunk('IDAT', raw.subarray(0, 3)), chunk('IDAT', raw.subarray(3)), end)
  t.strictSame([...(await read(parts)).data], [1, 2, 3], 'packed pixels in several chunks')
})

const refused: [string, Uint8Array, RegExp][] = [
  ['cut in the signature', buildPng().subarray(0, 7), /a PNG file, received 7 bytes/],
  ['no end', buildPng(header(), pixels()), /another chunk: PNG ends with IEND, received the end of the file/],
  ['cut in a chunk', buildPng(header(), pixels(), end).subarray(0, 50), /\d+ bytes of IDAT, received the end of the file/],
  ['no header', buildPng(pixels(), end), /the header of the frame \(IHDR\), received IDAT/],
  ['two headers', buildPng(header(), header(), pixels(), end), /one header of 13 bytes, first/],
  ['a short header', buildPng(chunk('IHDR', new Uint8Array(4))), /one header of 13 bytes, first, received 4 bytes/],
  ['a long header', buildPng(chunk('IHDR', new Uint8Array(99))), /a short chunk, received 99 bytes/],
  ['a damaged header', buildPng(chunk('IHDR', new Uint8Array(13), 1)), /at byte 8: expected the bytes of its CRC/],
  ['damaged pixels', buildPng(header(), chunk('IDAT', deflateSync(new Uint8Array(14)), 5), end), /the bytes of their CRC/],
  ['a type that is none', buildPng(header(), chunk('12\x004')), /the type of a chunk/],
  ['a palette', buildPng(header({ bits: 8 }), chunk('PLTE'), pixels(), end), /plain grey pixels, received a palette/],
  ['transparency', buildPng(header(), chunk('tRNS', new Uint8Array(2)), pixels(), end), /plain grey pixels, received transparency/],
  [
    'other first bytes',
    Buffer.concat([Buffer.alloc(1), buildPng(header(), pixels(), end).subarray(1)]),
    /at byte 0: expected a PNG file, received other first bytes/
  ],
  ['an unknown chunk that must be understood', buildPng(header(), chunk('CgBI'), pixels(), end), /received CgBI/],
  ['a damaged text', buildPng(header(), chunk('tEXt', new Uint8Array(2 ** 20), 7), pixels(), end), /the bytes of its CRC/],
  ['a damaged end', buildPng(header(), pixels(), chunk('IEND', undefined, 5)), /the bytes of its CRC/],
  ['an animation', buildPng(header(), chunk('acTL'), pixels(), end), /received an animation/],
  ['grey and alpha', buildPng(header({ colour: 4 }), end), /received grey with transparency/],
  ['an unknown colour', buildPng(header({ colour: 9 }), end), /received colour type 9/],
  ['4 bits', buildPng(header({ bits: 4 }), end), /8, 16 bits per pixel, received 4/],
  ['interlaced', buildPng(header({ interlace: 2 }), end), /interlace method 0 or 1, received 2/],
  ['another compression', buildPng(header({ method: 1 }), end), /compression 0 and filter 0, received 1 and 0/],
  ['no rows', buildPng(header({ rows: 0 }), end), /a frame of 1 to 1073741824 bytes, received 0 rows/],
  ['more than can be', buildPng(header({ rows: 2 ** 31, cols: 2 ** 31 }), end), /a frame of 1 to 1073741824 bytes/],
  [
    'too few packed bytes',
    buildPng(header({ rows: 20000, cols: 20000 }), pixels(), end),
    /20000 rows .*, received \d+ packed bytes, too few/
  ],
  ['no deflate data', buildPng(header(), chunk('IDAT', Uint8Array.of(1, 2, 3, 4)), end), /received incorrect header check/],
  ['too many pixels', buildPng(header(), pixels(new Uint8Array(15)), end), /2 rows x 3 columns x 16 bits of packed pixels/],
  ['too few pixels', buildPng(header(), pixels(new Uint8Array(13)), end), /received 13 of 14 bytes/],
  ['an unknown filter', buildPng(header({ bits: 8 }), pixels(Uint8Array.of(0, 1, 2, 3, 5, 1, 2, 3)), end), /an unknown filter in row 1/]
]

t.test('what cannot be read is refused by name', async (t) => {
  for (const [what, bytes, message] of refused) await t.rejects(read(bytes), { code: 'ERR_FORMAT', message }, what)
})
