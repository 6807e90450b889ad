import t from 'tap'
import { bytesFile } from '../../../../../lib/io/formats/bytes-file.js'
import { hndFormat } from '../../../../../lib/io/formats/varian/hnd.js'
import { ximFormat } from '../../../../../lib/io/formats/varian/xim.js'
import type { RawFrame } from '../../../../../lib/frame/raw-frame.js'
import { buildHnd, buildXim, doubleProperty, property, samples, somePixels } from '../../../../fixtures/formats/varian.js'

const readXim = async (bytes: Uint8Array): Promise<RawFrame> => (await ximFormat.open(bytesFile('x.xim', bytes), {})).readPage(0)
const readHnd = async (bytes: Uint8Array): Promise<RawFrame> => (await hndFormat.open(bytesFile('x.hnd', bytes), {})).readPage(0)

t.test('differences worked out by hand', async (t) => {
  // 2 x 2: three plain pixels 5, 7, 11, then 3 as one byte: 3 + 11 + 7 - 5 = 16
  const lengths = Buffer.from([0])
  const packed = Buffer.from([5, 0, 0, 0, 7, 0, 0, 0, 11, 0, 0, 0, 3])
  t.strictSame((await readXim(buildXim({ rows: 2, cols: 2, pixels: [0, 0, 0, 0], lengths, packed }))).data, Int32Array.of(5, 7, 11, 16))
})

t.test('every length of difference, packed and plain', async (t) => {
  const { data, shape, info } = await readXim(samples()[0].bytes)
  t.strictSame(shape, [4, 3])
  t.strictSame(data, Int32Array.from(somePixels))
  t.strictSame(info, { kilovolts: 125 })
  t.strictSame((await readXim(buildXim({ compression: 0 }))).data, Int32Array.from(somePixels))
  t.strictSame((await readHnd(buildHnd())).data, Int32Array.from(somePixels))
  const small = [1, 2, 3, 4, 5, 250]
  const wide = [1, 2, 3, 4, 5, 65535]
  t.strictSame((await readXim(buildXim({ pixels: small, rows: 2, width: 1 }))).data, Uint8Array.from(small))
  t.strictSame((await readXim(buildXim({ pixels: wide, rows: 2, width: 2 }))).data, Uint16Array.from(wide))
  t.strictSame((await readXim(buildXim({ pixels: [1, 2, 3], rows: 1 }))).data, Int32Array.of(1, 2, 3), 'one row: all pixels plain')
  await t.rejects(readXim(buildXim({ pixels: wide, rows: 2, width: 1 })), { message: /pixels of type u8, received 65535 at pixel 5/ })
})

t.test('what the files say of the exposure', async (t) => {
  const properties = [
    doubleProperty('PixelHeight', 0.0388),
    doubleProperty('PixelWidth', 0.0776),
    doubleProperty('KVMilliAmperes', 15),
    doubleProperty('KVKiloVolts', 0)
  ]
  const { info } = await readXim(buildXim({ properties }))
  t.same(info, { pixelPitch: [0.388, 0.776], milliamps: 15 }, 'centimetres become millimetres; 0 kV is no voltage')
  const frame = await readHnd(
    buildHnd({
      fill(header) {
        header.writeDoubleLE(0.776, 352)
        header.writeDoubleLE(0.388, 360)
        header.writeDoubleLE(125, 400)
        header.writeDoubleLE(80, 408)
      }
    })
  )
  t.same(frame.info, { pixelPitch: [0.388, 0.776], kilovolts: 125, milliamps: 80 })
})

t.test('our own files are recognised', async (t) => {
  for (const { name, bytes } of samples()) t.ok((name.endsWith('.xim') ? ximFormat : hndFormat).matches(bytes, bytes.length), name)
})

const set = (offset: number, value: number, bytes = Buffer.from(buildXim())): Uint8Array => {
  bytes.writeInt32LE(value, offset)
  return bytes
}
const short = Buffer.from([0])

const refusedXim: [string, Uint8Array, RegExp][] = [
  ['cut', buildXim().subarray(0, 20), /at byte 20: expected 4 bytes, received 0 up to the end/],
  ['no columns', set(12, 0), /at byte 12: expected columns from 1 to/],
  ['rows below 0', set(16, -4), /rows from 1 to/],
  ['3 bytes per pixel', set(24, 3), /1, 2 or 4 bytes per pixel, received 3/],
  ['an unknown compression', set(28, 2), /compression from 0 to 1, received 2/],
  ['more than can be', set(16, 2 ** 30), /a frame of at most 1073741824 bytes, received 1073741824 rows/],
  ['lengths beyond the file', set(32, 10 ** 6), /at byte 36: expected 1000000 bytes, received/],
  ['a size below 0', set(32, -1), /bytes of lengths from 0/],
  ['too few lengths', buildXim({ lengths: short }), /lengths and differences of 8 pixels, received 1 and/],
  ['too few pixels', buildXim({ packed: Buffer.alloc(15) }), /16 bytes of pixels at least \(4 rows x 3 columns\), received 15/],
  [
    'plain pixels of another size',
    set(16, 5, Buffer.from(buildXim({ compression: 0 }))),
    /60 bytes of pixels \(5 rows x 3 columns\), received 48 bytes/
  ],
  ['an unknown length', buildXim({ lengths: Buffer.from([3, 0]) }), /received fewer, or one of unknown length/],
  [
    'more differences than pixels',
    buildXim({ packed: Buffer.alloc(60), lengths: Buffer.alloc(2) }),
    /in 60 bytes, received 24 bytes of them/
  ],
  ['bins below 0', buildXim({ bins: -1 }), /bins of the histogram from 0/],
  ['too many properties', set(buildXim().length - 4, 10 ** 6), /properties from 0 to 10000, received 1000000/],
  ['a name too long', buildXim({ properties: [Buffer.from([0, 0, 1, 0])] }), /letters of a name from 0 to 1024, received 65536/],
  [
    'an unknown type of property',
    buildXim({ properties: [property('A', 9, Buffer.alloc(4))] }),
    /the type of a property from 0 to 5, received 9/
  ],
  ['type 3', buildXim({ properties: [property('A', 3, Buffer.alloc(4))] }), /a property of type 0, 1, 2, 4 or 5, received 3/]
]

const refusedHnd: [string, Uint8Array, RegExp][] = [
  ['cut in the header', buildHnd().subarray(0, 1000), /a header of 1024 bytes, received 1000 bytes/],
  ['one row', buildHnd({ fill: (header) => header.writeUInt32LE(1, 124) }), /a frame that fits in the file, received 1 rows x 3 columns/],
  ['more than can be', buildHnd({ fill: (header) => header.writeUInt32LE(0xffffffff, 124) }), /a frame that fits in the file/],
  ['cut in the pixels', buildHnd().subarray(0, 1045), /4 rows x 3 columns of differences, received fewer/]
]

t.test('what cannot be is refused by name', async (t) => {
  for (const [what, bytes, message] of refusedXim) await t.rejects(readXim(bytes), { code: 'ERR_FORMAT', message }, what)
  for (const [what, bytes, message] of refusedHnd) await t.rejects(readHnd(bytes), { code: 'ERR_FORMAT', message }, what)
})
