import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { python } from '../../../../fixtures/python.js'
import type { PixelData } from '../../../../../lib/frame/pixel-data.js'
import type { RawFrame } from '../../../../../lib/frame/raw-frame.js'
import { hashFrame, readFrames, writeTiff } from '../../../../../lib/io/index.js'
import type { TiffPage, WriteTiffOptions } from '../../../../../lib/io/index.js'
import { encodeDirectories } from '../../../../../lib/io/formats/tiff/encode-directories.js'

const folder = t.testdir({ taken: { 'a.tif': 'old' } })

function bytesOf(data: PixelData): Buffer {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength)
}

/** u16 over the whole range, in a view that does not begin at the start of its buffer. */
function ramp(rows: number, cols: number): TiffPage {
  const data = new Uint16Array(rows * cols + 3).subarray(3)
  for (let index = 0; index < data.length; index++) data[index] = index * 40503
  return { data, shape: [rows, cols] }
}

/** Floats of every kind, set by their bits: NaN with payload, signalling NaN, infinities, -0, denormals. */
function floats(rows: number, cols: number): TiffPage {
  const bits = Uint32Array.from({ length: rows * cols }, (_, index) => index * 2654435761)
  bits.set([0x7fc12345, 0x7fa00001, 0xffc00000, 0x7f800000, 0xff800000, 0x80000000, 0x00000001, 0x807fffff])
  return { data: new Float32Array(bits.buffer), shape: [rows, cols] }
}

/** 150 rows: three strips when packed, the last one short. */
const pages = [ramp(150, 31), floats(150, 31), floats(1, 9), ramp(64, 1)]
const variants: [string, WriteTiffOptions][] = [
  ['plain', {}],
  ['packed', { compression: 'deflate' }],
  ['big', { bigTiff: true, description: '{"panel":"Größe"}' }],
  ['big packed', { bigTiff: true, compression: 'deflate', description: 'even' }],
  ['classic', { bigTiff: false, description: 'odd?' }]
]
const paths = variants.map(([name]) => join(folder, `${name}.tif`))

async function* oneByOne(list: readonly TiffPage[]): AsyncGenerator<TiffPage> {
  const { data, shape } = list[0]
  // one buffer for every page, as a source may do: each page must be on its way before the next is asked for
  const shared = data.slice()
  for (const page of list) {
    if (page.data.length === shared.length && page.data instanceof Uint16Array) {
      shared.set(page.data)
      yield { data: shared, shape }
      shared.fill(0)
    } else yield page
  }
}

t.test('what is written is read back bit for bit', async (t) => {
  for (const [index, [name, options]] of variants.entries()) {
    await writeTiff(paths[index], index % 2 === 0 ? pages : oneByOne(pages), options)
    const read: RawFrame[] = []
    for await (const frame of readFrames([paths[index]])) read.push(frame)
    t.strictSame(
      read.map(({ shape }) => shape),
      pages.map(({ shape }) => shape),
      name
    )
    t.ok(
      read.every(({ data }, page) => data.constructor === pages[page].data.constructor && bytesOf(data).equals(bytesOf(pages[page].data))),
      `${name}: bits`
    )
    t.strictSame(
      read.map(({ info }) => info?.sha256),
      pages.map(hashFrame),
      `${name}: hashes`
    )
    t.equal(readFileSync(paths[index])[2], options.bigTiff === true ? 43 : 42, `${name}: version`)
  }
  t.strictSame(
    readdirSync(folder).filter((name) => name.endsWith('.tmp')),
    [],
    'no temporary file stays'
  )
})

const script = fileURLToPath(new URL('../../../../fixtures/tiff/read.py', import.meta.url))

/** What libtiff reads; null where there is no python3 or no libtiff. */
function readByLibtiff(files: readonly string[]): any[][] | null {
  try {
    return JSON.parse(execFileSync(python, ['-B', script, ...files], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

const needsLibtiff = readByLibtiff([]) ? {} : { skip: 'python3 with libtiff not found on this machine' }

t.test('libtiff reads the same from what we write', needsLibtiff, async (t) => {
  const files = readByLibtiff(paths) as any[][]
  for (const [index, [name, options]] of variants.entries()) {
    const packed = options.compression === 'deflate'
    const expected = pages.map(({ data, shape: [rows, cols] }, page) => ({
      rows,
      cols,
      bits: data.BYTES_PER_ELEMENT * 8,
      format: data instanceof Uint16Array ? 1 : 3,
      compression: packed ? 8 : 1,
      photometric: 1,
      strips: packed ? Math.ceil(rows / 64) : 1,
      big: options.bigTiff === true,
      description: page === 0 ? (options.description?.replace('ö', '\\u00f6').replace('ß', '\\u00df') ?? null) : null,
      sha256: createHash('sha256').update(bytesOf(data)).digest('hex')
    }))
    t.strictSame(files[index], expected, name)
  }
})

t.test('above 4 GiB the directories are those of a BigTIFF', async (t) => {
  const page = { rows: 1, cols: 2, type: 'u16', compression: 1, blockRows: 1, byteCounts: [4] } as const
  const below = encodeDirectories([{ ...page, offsets: [16] }], 20, { bigTiff: false })
  t.equal(below.big, false)
  t.strictSame([...below.header], [0x49, 0x49, 42, 0, 20, 0, 0, 0])
  // the last byte of the directories stands at 2^32 - 1: the largest classic file
  const size = below.directories.length
  t.equal(encodeDirectories([{ ...page, offsets: [16] }], 2 ** 32 - 1 - size, { bigTiff: false }).big, false)
  const above = encodeDirectories([{ ...page, offsets: [2 ** 32 + 2 ** 33] }], 2 ** 32 + 2 ** 33 + 4, { bigTiff: false })
  t.equal(above.big, true)
  t.strictSame([...above.header], [0x49, 0x49, 43, 0, 8, 0, 0, 0, 4, 0, 0, 0, 3, 0, 0, 0])
  const view = new DataView(above.directories.buffer)
  const fields = Number(view.getBigUint64(0, true))
  const strips = Array.from({ length: fields }, (_, index) => 8 + index * 20).find((at) => view.getUint16(at, true) === 273) as number
  t.equal(view.getUint16(strips + 2, true), 16, 'LONG8')
  t.equal(view.getBigUint64(strips + 12, true), 2n ** 32n + 2n ** 33n)
  t.equal(encodeDirectories([{ ...page, offsets: [16] }], 2 ** 32 - size, { bigTiff: false }).big, true, 'one byte more is too much')
})

t.test('what is refused leaves nothing behind', async (t) => {
  const path = join(folder, 'never.tif')
  const good = ramp(2, 3)
  const wide = { data: new Int32Array(6), shape: [2, 3] } as unknown as TiffPage
  const refusals: [Iterable<TiffPage> | AsyncIterable<TiffPage>, WriteTiffOptions, { code: string; message: RegExp }][] = [
    [[], {}, { code: 'ERR_STACK', message: /never\.tif: expected at least one page to write, received none/ }],
    [[good, wide], {}, { code: 'ERR_OPTION', message: /never\.tif page 2: expected pixels of type u16 or f32, received i32/ }],
    [
      [{ data: good.data, shape: [3, 3] }],
      {},
      { code: 'ERR_SHAPE', message: /never\.tif page 1: expected 9 values for shape \[3, 3\], received 6/ }
    ],
    [
      [good],
      { compression: 'lzw' as 'none' },
      { code: 'ERR_OPTION', message: /option "compression": expected one of none, deflate, received lzw/ }
    ],
    [
      [good],
      { bigTiff: 1 as unknown as boolean },
      { code: 'ERR_OPTION', message: /option "bigTiff": expected one of auto, true, false, received 1/ }
    ]
  ]
  for (const [list, options, error] of refusals) await t.rejects(writeTiff(path, list, options), error)
  const failing = (function* (): Generator<TiffPage> {
    yield good
    throw new RangeError('the source failed')
  })()
  await t.rejects(writeTiff(path, failing), { name: 'RangeError', message: 'the source failed' }, 'errors of the source are passed on')
  t.notOk(existsSync(path))
  t.strictSame(
    readdirSync(folder).filter((name) => name.includes('never')),
    []
  )
  await t.rejects(writeTiff(join(folder, 'missing', 'a.tif'), [good]), { code: 'ERR_IO', message: /a\.tif: expected/ })
})

t.test('an existing file is replaced only when asked', async (t) => {
  const path = join(folder, 'taken', 'a.tif')
  await t.rejects(writeTiff(path, [ramp(2, 3)]), { code: 'ERR_EXISTS' })
  t.equal(readFileSync(path, 'utf8'), 'old')
  await writeTiff(path, [ramp(2, 3)], { overwrite: true })
  t.equal(readFileSync(path).toString('latin1', 0, 2), 'II')
  writeFileSync(path, 'old')
})
