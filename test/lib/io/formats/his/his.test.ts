import t from 'tap'
import { bytesFile } from '../../../../../lib/io/formats/bytes-file.js'
import { hisFormat } from '../../../../../lib/io/formats/his/his.js'
import type { FrameReader } from '../../../../../lib/io/formats/frame-format.js'
import { buildHis, samples } from '../../../../fixtures/formats/his.js'

const open = (bytes: Uint8Array): Promise<FrameReader> => hisFormat.open(bytesFile('x.his', bytes), {})

t.test('every field of the header', async (t) => {
  const pixels = Uint8Array.from({ length: 48 }, (_, i) => i)
  const reader = await open(
    buildHis({
      rows: 3,
      cols: 4,
      frames: 2,
      left: 11,
      top: 21,
      corrections: 5,
      integrationTime: 133_000,
      version: 101,
      pixels,
      imageHeader: { kilovolts: 70, ampere: 0.25, averaged: 16, filter: '21 mm Al', project: 'P1' }
    })
  )
  t.equal(reader.pages, 2)
  const { data, shape, info } = await reader.readPage(1)
  t.strictSame(shape, [3, 4], 'rows, columns')
  t.strictSame(
    data,
    Uint16Array.from({ length: 12 }, (_, i) => 24 + 2 * i + 256 * (25 + 2 * i))
  )
  t.strictSame(info, {
    mode: { integrationTime: 133, readoutRegion: '21,11,3,4' },
    corrections: ['offset', 'defects'],
    kilovolts: 70,
    framesAveraged: 16,
    filter: '21 mm Al'
  })
  t.strictSame((await (await open(buildHis({ corrections: 2 }))).readPage(0)).info?.corrections, ['gain'])
  t.strictSame((await (await open(buildHis())).readPage(0)).info?.corrections, [], 'the file says that there were none')
})

t.test('every pixel type', async (t) => {
  const bytes = Uint8Array.of(254, 255, 255, 255, 1, 0, 0, 0)
  const read = async (type: number, width: number, cols: number) =>
    (await (await open(buildHis({ rows: 1, cols, type, width, pixels: bytes }))).readPage(0)).data
  t.strictSame(await read(4, 2, 4), Uint16Array.of(65534, 65535, 1, 0))
  t.strictSame(await read(8, 2, 4), Int16Array.of(-2, -1, 1, 0))
  t.strictSame(await read(12, 2, 4), Int16Array.of(-2, -1, 1, 0))
  t.strictSame(await read(32, 4, 2), Uint32Array.of(4294967294, 1))
  t.strictSame(await read(40, 4, 2), Int32Array.of(-2, 1))
  t.strictSame(await read(2, 8, 1), new Float64Array(bytes.buffer))
})

t.test('our own files are valid', async (t) => {
  for (const { name, bytes } of samples()) {
    t.ok(hisFormat.matches(bytes, bytes.length), name)
    const reader = await open(bytes)
    t.strictSame((await reader.readPage(reader.pages - 1)).shape, [2, 3])
  }
  t.notOk(hisFormat.matches(Uint8Array.of(0, 0x70), 2))
  t.notOk(hisFormat.matches(Uint8Array.of(0, 0x70, 100, 0), 4), 'another header')
  t.equal((await open(buildHis({ fileSize: 0 }))).pages, 1, 'a size that was not filled in')
  const odd = await (await open(buildHis({ imageHeader: { filter: '\x01\x02', kilovolts: NaN }, integrationTime: NaN }))).readPage(0)
  t.strictSame(odd.info, { mode: { readoutRegion: '1,1,2,3' }, corrections: [] }, 'an image header of rubbish says nothing')
})

const set = (offset: number, ...values: number[]): Uint8Array => {
  const bytes = buildHis()
  bytes.set(values, offset)
  return bytes
}

const refused: [string, Uint8Array, RegExp][] = [
  ['cut in the header', buildHis().subarray(0, 50), /a header of 68 bytes, received 50 bytes/],
  [
    'cut in the pixels',
    buildHis().subarray(0, 111),
    /at byte 20: expected 112 bytes: 100 of headers, 1 frames of 2 rows x 3 columns, received a file of 111 bytes/
  ],
  ['more than it says', Buffer.concat([buildHis(), Buffer.alloc(1)]), /received a file of 113 bytes/],
  ['a file size that lies', buildHis({ fileSize: 5 }), /at byte 6: expected the size of the file, 112, received 5/],
  ['more frames than there are', set(20, 2, 0), /124 bytes: 100 of headers, 2 frames/],
  ['no frame', set(20, 0, 0), /at byte 20: expected at least one frame, received 0/],
  [
    'a rectangle the wrong way',
    set(16, 0, 0),
    /at byte 12: expected a rectangle from upper left to lower right, received \[1, 1\] to \[0, 2\]/
  ],
  ['a map of faults', set(32, 16), /at byte 32: .*, received 16 \(a map of faults, 1 bit per pixel\)/],
  ['a mask of faults', set(32, 33), /received 33 \(a mask of faults\)/],
  ['an unknown type', set(32, 5), /received 5 \(unknown\)/],
  ['unknown corrections', set(22, 8), /at byte 22: expected corrections 0 to 7, received 8/]
]

t.test('what disagrees is refused by name', async (t) => {
  for (const [what, bytes, message] of refused) await t.rejects(open(bytes), { code: 'ERR_FORMAT', message }, what)
})
