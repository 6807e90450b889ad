import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { bytesFile } from '../../../../../lib/io/formats/bytes-file.js'
import type { FrameReader } from '../../../../../lib/io/formats/frame-format.js'
import { geFormat } from '../../../../../lib/io/formats/ge/ge.js'
import { buildGe, samples } from '../../../../fixtures/formats/ge.js'
import { needsPython, runPython } from '../../../../fixtures/python.js'

const open = (bytes: Uint8Array): Promise<FrameReader> => geFormat.open(bytesFile('x.ge2', bytes), {})

t.test('every field of the header that is used', async (t) => {
  const reader = await open(
    buildGe({
      frames: 2,
      userHeader: 8,
      fill(header) {
        header.write('GE-4711', 140, 'latin1')
        header.writeFloatLE(133.5, 696)
        header.writeFloatLE(7.5, 700)
        header.writeFloatLE(80, 704)
        header.writeFloatLE(2.5, 708)
        header.writeDoubleLE(31.25, 824)
        header.writeUInt16LE(1, 832)
        header.writeUInt16LE(2, 1114)
        header.writeUInt16LE(1, 1116)
      }
    })
  )
  t.equal(reader.pages, 2)
  const { data, shape, info } = await reader.readPage(1)
  t.strictSame(shape, [2, 3])
  t.strictSame(
    data,
    Uint16Array.from({ length: 6 }, (_, i) => 12 + 2 * i + 256 * (13 + 2 * i))
  )
  t.strictSame(info, {
    mode: { integrationTime: 133.5, frameRate: 7.5, binning: '1x2' },
    kilovolts: 80,
    milliamps: 2.5,
    temperature: 31.25,
    serialNumber: 'GE-4711',
    corrections: ['lines']
  })
})

t.test('our own files are valid', async (t) => {
  for (const { name, bytes } of samples()) {
    t.ok(geFormat.matches(bytes.subarray(0, 4096), bytes.length), name)
    const reader = await open(bytes)
    const { info, shape } = await reader.readPage(reader.pages - 1)
    t.strictSame(shape, [2, 3])
    t.strictSame(info, { mode: {}, corrections: [] }, 'zeros are not filled in; the lines were not repaired')
  }
  t.strictSame((await (await open(buildGe({ bits: 8 }))).readPage(0)).data, Uint8Array.of(0, 1, 2, 3, 4, 5))
})

t.test('fabio sees the same frames and fields in our files', needsPython('fabio'), async (t) => {
  const path = join(t.testdir(), 'stack.ge2')
  writeFileSync(
    path,
    buildGe({
      rows: 4,
      cols: 5,
      frames: 3,
      userHeader: 64,
      fill(header) {
        header.writeFloatLE(133.5, 696)
        header.writeFloatLE(7.5, 700)
        header.writeFloatLE(80, 704)
        header.writeFloatLE(2.5, 708)
        header.writeDoubleLE(31.25, 824)
        header.writeUInt16LE(1, 832)
        header.writeUInt16LE(2, 1114)
        header.writeUInt16LE(1, 1116)
      }
    })
  )
  const program = `
import json, sys
from fabio.GEimage import GeImage
file = GeImage().read(sys.argv[1])
frames = [file.getframe(k).data.tolist() for k in range(file.nframes)]
fields = ['ExposureTimeInMillisecs', 'FrameRateInFps', 'kVp', 'mA', 'TemperatureInDegC', 'ColumnBinning', 'RowBinning', 'LineRepaired']
print(json.dumps([frames, [file.header[name] for name in fields]]))`
  const [frames, fields] = runPython(program, path)
  t.strictSame(fields, [133.5, 7.5, 80, 2.5, 31.25, 2, 1, 1])
  const reader = await open(readFileSync(path))
  const ours = await Promise.all([0, 1, 2].map((k) => reader.readPage(k)))
  t.strictSame(
    ours.map(({ data }) => [0, 1, 2, 3].map((row) => [...data.subarray(5 * row, 5 * row + 5)])),
    frames
  )
  t.strictSame(ours[2].info, {
    mode: { integrationTime: 133.5, frameRate: 7.5, binning: '1x2' },
    kilovolts: 80,
    milliamps: 2.5,
    temperature: 31.25,
    corrections: ['lines']
  })
})

t.test('a header that was blanked, or overwritten with text, by name only', async (t) => {
  for (const magic of ['', '{\nNum_Images = 2 ;']) {
    const bytes = Buffer.alloc(8192 + 2 * 2048 * 2048 * 2)
    bytes.write(magic, 'latin1')
    bytes.writeUInt16LE(77, bytes.length - 2)
    t.notOk(geFormat.matches(bytes.subarray(0, 4096), bytes.length), 'not recognised')
    const reader = await open(bytes)
    t.equal(reader.pages, 2)
    const { data, shape, info } = await reader.readPage(1)
    t.strictSame(shape, [2048, 2048])
    t.equal(data[data.length - 1], 77)
    t.strictSame(info, {}, 'nothing is known')
  }
  await t.rejects(open(Buffer.alloc(8192 + 100)), { code: 'ERR_FORMAT', message: /8192 bytes of header and whole frames of 2048 rows/ })
})

const refused: [string, Uint8Array, RegExp][] = [
  ['a header only', buildGe().subarray(0, 8192), /a header of 8192 bytes and pixels, received 8192 bytes/],
  ['another file', buildGe({ magic: 'OTHER' }), /ADEPT, or a blanked header, received "OTHER/],
  ['12 bits', buildGe({ bits: 12 }), /at byte 28: expected 8, 16 or 32 bits per pixel, received 12/],
  [
    'no rows',
    buildGe({ fill: (header) => header.writeUInt16LE(0, 24) }),
    /at byte 24: expected a frame of at least one pixel, received 0 rows x 3/
  ],
  ['no frames', buildGe({ fill: (header) => header.writeUInt16LE(0, 22) }), /at byte 22: .* 0 frames of 2 rows x 3 columns x 16 bits/],
  ['cut', buildGe().subarray(0, 8200), /1 frames of 2 rows x 3 columns x 16 bits, received a file of 8200 bytes/],
  ['more than it says', Buffer.concat([buildGe(), Buffer.alloc(3)]), /received a file of 8207 bytes/],
  ['a header of 4 GB', buildGe({ fill: (header) => header.writeUInt32LE(0xffffffff, 18) }), /at byte 22/]
]

t.test('what disagrees is refused by name', async (t) => {
  for (const [what, bytes, message] of refused) await t.rejects(open(bytes), { code: 'ERR_FORMAT', message }, what)
})
