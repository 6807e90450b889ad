import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, truncateSync, writeFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import type { RawFrame } from '../../../lib/frame/raw-frame.js'
import { assertLittleEndian } from '../../../lib/io/assert-little-endian.js'
import { countFrames, hashFrame, readFrames } from '../../../lib/io/index.js'
import type { RawLayout, ReadFramesOptions } from '../../../lib/io/index.js'
import { bytesFile } from '../../../lib/io/formats/bytes-file.js'
import { readPixelBlock } from '../../../lib/io/formats/read-pixel-block.js'
import { unpackGzip } from '../../../lib/io/formats/unpack-gzip.js'
import { pagesOf } from '../../../lib/io/pages-of.js'
import { buildTiff } from '../../fixtures/build-tiff.js'
import { expectedFigures, needsSharedData, sharedData } from '../../fixtures/shared-data.js'

const folder = t.testdir()

function store(name: string, bytes: Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return path
}

async function readAll(paths: string[], options?: ReadFramesOptions): Promise<RawFrame[]> {
  const frames: RawFrame[] = []
  for await (const frame of readFrames(paths, options)) frames.push(frame)
  return frames
}

const changeByte = (bytes: Uint8Array, at: number): Uint8Array => bytes.map((byte, i) => (i === at ? byte ^ 255 : byte))

const pixels = Uint8Array.from({ length: 24 }, (_, index) => index + 1)
const single = store('single.dat', buildTiff([{ blocks: [pixels] }]))
const triple = store('triple.tif', buildTiff([{}, { blocks: [pixels] }, {}], { big: true }))

t.test('files in the given order, page by page, as often as asked', async (t) => {
  const source = readFrames([triple, single])
  for (let pass = 0; pass < 2; pass++) {
    const frames: RawFrame[] = []
    for await (const frame of source) frames.push(frame)
    t.strictSame(
      frames.map(({ info }) => info?.name),
      [`${triple} page 1`, `${triple} page 2`, `${triple} page 3`, single]
    )
    t.strictSame(Buffer.from(frames[1].data.buffer), Buffer.from(pixels), 'frames keep their own pixels')
    t.equal(frames[1].info?.sha256, frames[3].info?.sha256, 'the same frame in two files has one hash')
  }
  t.equal(await countFrames([triple, single]), 4)
  t.equal(await countFrames([]), 0)
  t.strictSame(await readAll([]), [])
  const [bare] = await readAll([single], { hash: false })
  t.strictSame(bare.info, { name: single, minIsWhite: false })
})

const needsProc = process.platform === 'linux' ? {} : { skip: 'open files are counted in /proc, which is only on Linux' }

t.test('files are closed, also when the loop is left', needsProc, async (t) => {
  const open = (): number => readdirSync('/proc/self/fd').length
  const before = open()
  for (let round = 0; round < 5; round++) {
    for await (const frame of readFrames([triple])) if (frame) break
    await t.rejects(readAll([store('junk.tif', Buffer.from('no frame'))]), { code: 'ERR_FORMAT' })
  }
  t.equal(open(), before)
})

t.test('the hash is SHA-256 over type, shape and little-endian pixels', (t) => {
  const shape = [1, 3] as const
  // bytes written out by hand: 1, 256, 65535
  const expected = createHash('sha256')
    .update('flatpanel.frame/1 u16 1 3\n')
    .update(Uint8Array.of(1, 0, 0, 1, 255, 255))
    .digest('hex')
  t.equal(hashFrame({ data: Uint16Array.of(9, 1, 256, 65535).subarray(1), shape }), expected)
  t.not(hashFrame({ data: Int16Array.of(1, 256, -1), shape }), expected, 'the type counts')
  t.not(hashFrame({ data: Uint16Array.of(1, 256, 65535), shape: [3, 1] }), expected, 'the shape counts')
  t.throws(() => assertLittleEndian('BE'), {
    code: 'ERR_IO',
    message: /flatpanel\/io: expected a little-endian machine, received a big-endian one/
  })
  t.throws(() => hashFrame({ data: [1, 2, 3] as never, shape }), { code: 'ERR_OPTION' })
  t.end()
})

t.test('headerless raw', async (t) => {
  const layout: RawLayout = { rows: 2, cols: 3, type: 'u16' }
  const bytes = Buffer.alloc(5 + 24)
  bytes.fill(0xee, 0, 5)
  for (let index = 0; index < 12; index++) bytes.writeUInt16BE(index * 5000, 5 + index * 2)
  const path = store('frames.raw', bytes)
  const frames = await readAll([path], { raw: { ...layout, byteOrder: 'big', headerBytes: 5 } })
  t.strictSame(
    frames.map(({ data }) => [...data]),
    [
      [0, 5000, 10000, 15000, 20000, 25000],
      [30000, 35000, 40000, 45000, 50000, 55000]
    ]
  )
  t.strictSame(frames[1].shape, [2, 3])
  t.match(frames[1].info, { name: `${path} page 2`, sha256: /^[0-9a-f]{64}$/ })
  t.equal(frames[0].info?.minIsWhite, undefined)
  t.equal(await countFrames([path], { raw: { ...layout, headerBytes: 5 } }), 2)

  const [one] = await readAll([store('one.raw', Uint8Array.of(1, 0))], { raw: { rows: 1, cols: 1, type: 'u16', byteOrder: 'big' } })
  t.equal(one.data[0], 256, '0x0100 the other way round')

  const values = { u8: [7, 255], i8: [7, -1], i16: [300, -2], u32: [4e9, 1], i32: [-2e9, 1], f32: [0.5, -0], f64: [1e300, -0] } as const
  const write = {
    u8: 'writeUInt8',
    i8: 'writeInt8',
    i16: 'writeInt16',
    u32: 'writeUInt32',
    i32: 'writeInt32',
    f32: 'writeFloat',
    f64: 'writeDouble'
  } as const
  const width = { u8: 1, i8: 1, i16: 2, u32: 4, i32: 4, f32: 4, f64: 8 }
  for (const type of Object.keys(values) as (keyof typeof values)[]) {
    for (const byteOrder of ['little', 'big'] as const) {
      const stored = Buffer.alloc(2 * width[type])
      values[type].forEach((value, index) => {
        const method = width[type] === 1 ? write[type] : `${write[type]}${byteOrder === 'little' ? 'LE' : 'BE'}`
        ;(stored as any)[method](value, index * width[type])
      })
      const [frame] = await readAll([store('typed.raw', stored)], { raw: { rows: 1, cols: 2, type, byteOrder } })
      t.ok(Object.is(frame.data[0], values[type][0]) && Object.is(frame.data[1], values[type][1]), `${type} ${byteOrder}`)
    }
  }
})

t.test('a raw file of any other size is refused with the arithmetic', async (t) => {
  const raw: RawLayout = { rows: 2, cols: 3, type: 'u16', headerBytes: 5 }
  const refuse = (size: number, message: RegExp): Promise<unknown> =>
    t.rejects(readAll([store('odd.raw', new Uint8Array(size))], { raw }), { code: 'ERR_FORMAT', message }) as Promise<unknown>
  await refuse(
    30,
    /odd\.raw: expected 5 header bytes \+ k x 12 \(2 rows x 3 cols x 2 bytes\), k >= 1, received 30 bytes = 5 \+ 2 x 12 \+ 1 left over/
  )
  await refuse(5, /received 5 bytes = 5 \+ 0 x 12 \+ 0 left over/)
  await refuse(4, /received 4 bytes, less than the header/)
  const wrong: [Partial<RawLayout>, RegExp][] = [
    [{ rows: 0 }, /raw layout "rows": expected an integer >= 1, received 0/],
    [{ cols: 1.5 }, /raw layout "cols": expected an integer >= 1, received 1.5/],
    [{ headerBytes: -1 }, /raw layout "headerBytes": expected an integer >= 0, received -1/],
    [{ type: 'u64' as 'u32' }, /raw layout "type": expected one of u8, u16, u32, i8, i16, i32, f32, f64, received u64/],
    [{ byteOrder: 'middle' as 'big' }, /raw layout "byteOrder": expected one of little, big, received middle/],
    [
      { rows: 40_000, cols: 40_000 },
      /raw layout: expected a frame of at most 2147483648 bytes, received 40000 rows x 40000 cols x 2 bytes = 3200000000/
    ]
  ]
  for (const [part, message] of wrong) t.throws(() => readFrames([], { raw: { ...raw, ...part } }), { code: 'ERR_OPTION', message })
})

t.test('the wrong byte order shows: neighbours differ far more', async (t) => {
  // a smooth frame; differences of neighbours are a few DN, byte-swapped they are multiples of 256
  const rows = 32
  const cols = 32
  const stored = Buffer.alloc(rows * cols * 2)
  for (let index = 0; index < rows * cols; index++) {
    stored.writeUInt16BE(Math.round(8000 + 900 * Math.sin(index / 400) + 5 * Math.cos(index)), index * 2)
  }
  const path = store('smooth.raw', stored)
  const energy = async (byteOrder: 'little' | 'big'): Promise<number> => {
    const [{ data }] = await readAll([path], { raw: { rows, cols, type: 'u16', byteOrder } })
    let sum = 0
    for (let index = 1; index < data.length; index++) sum += (data[index] - data[index - 1]) ** 2
    return sum
  }
  t.ok((await energy('little')) > 10 * (await energy('big')))
})

t.test('unknown content and missing files', async (t) => {
  const refuse = (bytes: Uint8Array, message: RegExp): Promise<unknown> =>
    t.rejects(readAll([store('what.tif', bytes)]), { code: 'ERR_FORMAT', message }) as Promise<unknown>
  await refuse(
    Buffer.from('\x89PNG\r\n', 'latin1'),
    /what\.tif at byte 0: expected a frame file \(TIFF, HIS, .*\); headerless raw needs its layout: rows, cols, .*, received first bytes 89 50 4e 47 0d 0a/
  )
  await refuse(new Uint8Array(0), /received an empty file/)
  await refuse(Uint8Array.of(0x49, 0x49, 0, 42, 0, 0, 0, 0), /first bytes 49 49 00 2a/)
  await refuse(Uint8Array.of(0x4d, 0x4d, 42, 0, 0, 0, 0, 0), /first bytes 4d 4d 2a 00/)
  await refuse(Uint8Array.of(0x49, 0x49, 44, 0, 0, 0, 0, 0), /first bytes 49 49 2c 00/)
  const missing = join(folder, 'missing.tif')
  await t.rejects(readAll([missing]), {
    code: 'ERR_IO',
    message: /missing\.tif: expected a file that can be read, received no such file or folder/,
    cause: { code: 'ENOENT' }
  })
  await t.rejects(countFrames([single, missing]), { code: 'ERR_IO' })
  mkdirSync(join(folder, 'folder.tif'))
  await t.rejects(readAll([join(folder, 'folder.tif')]), { code: 'ERR_IO', message: /expected a regular file, received a folder/ })
  if (process.platform === 'linux')
    await t.rejects(readAll(['/dev/null']), { code: 'ERR_IO', message: /expected a regular file, received something else/ })
})

t.test('a file that is shortened while it is read', async (t) => {
  const raw: RawLayout = { rows: 2, cols: 3, type: 'u16' }
  const path = store('shrinking.raw', new Uint8Array(24))
  const iterator = readFrames([path], { raw })[Symbol.asyncIterator]()
  await iterator.next()
  truncateSync(path, 14)
  await t.rejects(iterator.next(), {
    code: 'ERR_FORMAT',
    message: /shrinking\.raw at byte 14: expected a file of 24 bytes, as when it was opened, received its end/
  })
})

interface Figures {
  shape: number[]
  min: number
  max: number
  mean: number
  median: number
  std: number
}

/** Two passes in float64, as numpy's mean and std; agreement to the printed digits. */
function figuresOf(frames: readonly RawFrame[]): Omit<Figures, 'shape'> {
  let [min, max, sum, count] = [Infinity, -Infinity, 0, 0]
  for (const { data } of frames) {
    for (let index = 0; index < data.length; index++) {
      min = Math.min(min, data[index])
      max = Math.max(max, data[index])
      sum += data[index]
      count++
    }
  }
  const mean = sum / count
  let squares = 0
  for (const { data } of frames) for (let index = 0; index < data.length; index++) squares += (data[index] - mean) ** 2
  const sorted = Float64Array.from(frames.flatMap(({ data }) => [...data])).sort()
  const median = (sorted[(count - 1) >> 1] + sorted[count >> 1]) / 2
  return { min, max, mean, median, std: Math.sqrt(squares / count) }
}

/** Every file of the real data, and its entry in expected.json. */
const published: [string, string][] = [
  ['walnut-dexela1512/di000000.tif', 'walnut-dexela1512 dark'],
  ['walnut-dexela1512/io000000.tif', 'walnut-dexela1512 flat0'],
  ['walnut-dexela1512/io000001.tif', 'walnut-dexela1512 flat1'],
  ['walnut-dexela1512/scan_000006.tif', 'walnut-dexela1512 projections scan_000006.tif raw'],
  ['walnut-dexela1512/scan_000446.tif', 'walnut-dexela1512 projections scan_000446.tif raw'],
  ['i13-pco/dark_00001.tiff', 'i13-pco dark'],
  ['i13-pco/flat_00001.tiff', 'i13-pco flat'],
  ...['00000', '00030', '00060', '00090'].map((name): [string, string] => [
    `i13-pco/raw_${name}.tiff`,
    `i13-pco projections raw_${name}.tiff raw`
  ]),
  ['aps-tooth/converted/dark.tif', 'aps-tooth data_dark'],
  ['aps-tooth/converted/white.tif', 'aps-tooth data_white'],
  ['aps-tooth/converted/projections.tif', 'aps-tooth data'],
  ['aps-tooth/tooth.h5::/exchange/data_dark', 'aps-tooth data_dark'],
  ['aps-tooth/tooth.h5::/exchange/data_white', 'aps-tooth data_white'],
  ['aps-tooth/tooth.h5::/exchange/data', 'aps-tooth data'],
  ...['flatsym_demo', 'qc3', 'DRGS_open'].map((name): [string, string] => [
    `epid-dicom/${name}.dcm`,
    `epid-dicom ${name}.dcm stored_values`
  ]),
  ['psi-edge/raw_edge.tif', 'psi-edge image'],
  ['kcd-edf/i01f0001.edf.gz', 'kcd-edf image']
]
/** No frames: defect maps, whose figures the tests of lib/io/defects hold, and texts. */
const notFrames = /^perkinelmer-bpm\/|^licenses\/|^README\.md$|^expected\.json$|scan_settings\.txt$/
/** Figures of what is computed from the frames, not of what is read; other tests hold them. */
const computed = ['gain_map', 'transmission', 'offset_mean', 'dark_noise_ddof1', 'white_mean']

/** Names of the entries that have the figures of an array, at any depth. */
function entriesOf(value: unknown, name: string[] = []): [string, Figures][] {
  if (typeof value !== 'object' || value === null) return []
  if ('min' in value && 'std' in value) return computed.includes(name.at(-1)!) ? [] : [[name.join(' '), value as Figures]]
  return Object.entries(value).flatMap(([key, inner]) => entriesOf(inner, [...name, key]))
}

t.test('every file of real frames reads to its published figures', needsSharedData, async (t) => {
  const entries = new Map(entriesOf(expectedFigures()))
  t.strictSame([...entries.keys()].sort(), [...new Set(published.map(([, entry]) => entry))].sort(), 'no entry is left out')
  const root = sharedData()
  const present = readdirSync(root, { recursive: true, withFileTypes: true }).filter((file) => file.isFile())
  const names = present
    .map((file) => relative(root, join(file.parentPath, file.name)).split(sep).join('/'))
    .filter((name) => !notFrames.test(name))
  t.strictSame(names.sort(), [...new Set(published.map(([name]) => name.replace(/::.*/, '')))].sort(), 'no file is left out')
  for (const [name, entry] of published) {
    const frames = await readAll([sharedData(...name.split('/'))])
    const received = figuresOf(frames)
    const { min, max, mean, median, std, shape } = entries.get(entry)!
    t.strictSame(frames.length === 1 ? frames[0].shape : [frames.length, ...frames[0].shape], shape, name)
    t.equal(received.min, min, 'min')
    t.equal(received.max, max, 'max')
    // published with 10 digits
    t.ok(Math.abs(received.mean / mean - 1) < 1e-9, `mean ${received.mean}, expected ${mean}`)
    t.ok(Math.abs(received.median / median - 1) < 1e-9, `median ${received.median}, expected ${median}`)
    t.ok(Math.abs(received.std / std - 1) < 1e-9, `std ${received.std}, expected ${std}`)
  }
})

t.test('packed files, whatever is in them', async (t) => {
  const tiff = buildTiff([{ blocks: [pixels] }])
  const packed = gzipSync(tiff)
  const [frame] = await readAll([store('a.tif.gz', packed)])
  t.strictSame(Buffer.from(frame.data.buffer), Buffer.from(pixels))
  t.equal(
    (await readAll([store('parts.gz', Buffer.concat([gzipSync(tiff.subarray(0, 50)), gzipSync(tiff.subarray(50))]))])).length,
    1,
    'in two members'
  )
  t.equal(await countFrames([store('b.raw.gz', gzipSync(pixels))], { raw: { rows: 2, cols: 3, type: 'u8' } }), 4, 'headerless')
  const damaged: [string, Uint8Array, RegExp][] = [
    ['cut', packed.subarray(0, packed.length - 9), /whole and undamaged gzip data, received unexpected end of file/],
    ['a wrong checksum', changeByte(packed, packed.length - 6), /received incorrect data check/],
    ['no deflate data', Buffer.concat([packed.subarray(0, 10), Buffer.alloc(50, 0xff)]), /whole and undamaged gzip data/]
  ]
  for (const [what, bytes, message] of damaged)
    await t.rejects(readAll([store('damaged.gz', bytes)]), { code: 'ERR_FORMAT', message }, what)
  await t.rejects(readAll([store('text.gz', gzipSync('no frame'))]), {
    code: 'ERR_FORMAT',
    message: /a frame file .*, received first bytes 6e 6f/
  })
})

t.test('pixels are read when the file is long enough, and no memory is asked for before', async (t) => {
  const file = bytesFile('a', pixels)
  const block = { rows: 2, cols: 3, type: 'u16', byteOrder: 'big', position: 2 } as const
  t.strictSame(await readPixelBlock(file, block), Uint16Array.of(0x0304, 0x0506, 0x0708, 0x090a, 0x0b0c, 0x0d0e))
  const refuse = (part: object, message: RegExp) => t.rejects(readPixelBlock(file, { ...block, ...part }), { code: 'ERR_FORMAT', message })
  await refuse({ position: 13 }, /a at byte 13: expected 12 bytes of pixels \(2 rows x 3 columns x 2 bytes\), received 11 up to the end/)
  await refuse({ position: 30 }, /received 0 up to the end of the file \(24 bytes\)/)
  for (const part of [{ rows: 0 }, { cols: NaN }, { rows: 2 ** 20, cols: 2 ** 20 }]) await refuse(part, /a frame of 1 to 2147483648 bytes/)
})

t.test('a small file that unpacks to more than is held', async (t) => {
  const bomb = bytesFile('bomb.gz', gzipSync(new Uint8Array(2 ** 22)))
  t.equal((await unpackGzip(bomb, 2 ** 22)).size, 2 ** 22)
  await t.rejects(unpackGzip(bomb, 2 ** 22 - 1), {
    code: 'ERR_FORMAT',
    message: /gzip data that unpacks to at most 4194303 bytes, received more/
  })
})

t.test('frames take the memory of the one before only where that is asked for, and never that of another size', async (t) => {
  const raw: RawLayout = { rows: 2, cols: 3, type: 'u16', byteOrder: 'little' }
  const values = [
    [1, 2, 3, 4, 5, 6],
    [7, 8, 9, 10, 11, 12],
    [13, 14, 15, 16, 17, 18]
  ]
  const paths = values.map((frame, k) => store(`again-${k}.raw`, new Uint8Array(Uint16Array.from(frame).buffer)))
  const own = await readAll(paths, { raw })
  t.equal(new Set(own.map(({ data }) => data.buffer)).size, 3)
  const buffers = new Set<unknown>()
  const found: number[][] = []
  for await (const { data } of readFrames(paths, { raw, reuse: true })) {
    buffers.add(data.buffer)
    found.push([...data])
  }
  t.strictSame(found, values)
  t.equal(buffers.size, 1)
  const after = await readAll(paths, { raw })
  t.notOk(
    after.some(({ data }) => buffers.has(data.buffer)),
    'what was let go of is not taken again'
  )
})

t.test('a format by name', async (t) => {
  t.equal((await readAll([single], { format: 'tiff' })).length, 1)
  await t.rejects(readAll([single], { format: 'his' }), { code: 'ERR_FORMAT' })
  const raw: RawLayout = { rows: 2, cols: 3, type: 'u8' }
  t.equal((await readAll([store('six', new Uint8Array(6))], { format: 'raw', raw })).length, 1)
  t.throws(() => readFrames([single], { format: 'tiff', raw }), {
    code: 'ERR_OPTION',
    message: /raw, or none, beside a raw layout, received tiff/
  })
  t.throws(() => readFrames([single], { format: 'raw' }), { code: 'ERR_OPTION', message: /a raw layout beside it/ })
  t.throws(() => readFrames([single], { format: 'bmp' as 'tiff' }), { code: 'ERR_OPTION', message: /one of tiff, .*, raw, received bmp/ })
})

t.test('frames by what they were taken for', (t) => {
  const roles = ['dark', 'flat', 'projection', 'dark'] as const
  t.strictSame(pagesOf('a', { pages: 4, roles }, 'dark', false), [0, 3])
  t.strictSame(pagesOf('a', { pages: 4, roles }, 'flat', true), [1])
  t.strictSame(pagesOf('a', { pages: 4, roles }, undefined, true), [0, 1, 2, 3])
  t.strictSame(pagesOf('a', { pages: 2 }, 'dark', false), [0, 1], 'a file that does not say it is taken whole')
  t.throws(() => pagesOf('a', { pages: 2 }, 'dark', true), {
    code: 'ERR_STACK',
    message: /a: expected a file that says what its frames were taken for/
  })
  t.end()
})
