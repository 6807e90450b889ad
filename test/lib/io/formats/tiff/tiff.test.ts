import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import t from 'tap'
import type { Test } from 'tap'
import { isDetectorError } from '../../../../../lib/errors.js'
import type { RawFrame } from '../../../../../lib/frame/raw-frame.js'
import { bytesFile } from '../../../../../lib/io/formats/bytes-file.js'
import { tiffFormat } from '../../../../../lib/io/formats/tiff/tiff.js'
import { countFrames, readFrames } from '../../../../../lib/io/index.js'
import { buildTiff } from '../../../../fixtures/build-tiff.js'
import type { BuildField, BuildOptions, BuildPage } from '../../../../fixtures/build-tiff.js'
import { fixturePages, fixturePixels, fixtureShape, tiffFixture } from '../../../../fixtures/tiff-fixtures.js'

const folder = t.testdir()
let files = 0

function store(bytes: Uint8Array): string {
  const path = join(folder, `${files++}.tif`)
  writeFileSync(path, bytes)
  return path
}

async function readAll(path: string): Promise<RawFrame[]> {
  const frames: RawFrame[] = []
  for await (const frame of readFrames([path], { hash: false })) frames.push(frame)
  return frames
}

function bytesOf({ data }: RawFrame): Buffer {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength)
}

const classes = {
  u8: Uint8Array,
  u16: Uint16Array,
  u32: Uint32Array,
  i8: Int8Array,
  i16: Int16Array,
  i32: Int32Array,
  f32: Float32Array,
  f64: Float64Array
}

// written by libtiff, values by a formula: test/fixtures/tiff/make.py; bits are compared, so NaN payloads and -0 too
async function assertFixture(t: Test, name: string, compression: string): Promise<void> {
  const types = fixturePages(compression)
  for (const bytes of tiffFixture(name)) {
    const kind = bytes.readUInt16BE(2) % 256 === 43 || bytes[2] === 43 ? 'BigTIFF' : 'classic'
    const frames = await readAll(store(bytes))
    const wrong = types.flatMap((type, page) => {
      const frame = frames[page]
      const right = frame?.data instanceof classes[type] && bytesOf(frame).equals(fixturePixels(type))
      return right ? [] : [`page ${page + 1} (${type})`]
    })
    t.strictSame(wrong, [], `${name} ${kind}: ${types.length} pages, bit for bit`)
    t.equal(frames.length, types.length)
    t.strictSame(frames[0].shape, fixtureShape)
    t.equal(frames[0].info?.minIsWhite, false)
  }
}

t.test('every byte order, offset size, compression, predictor, layout and type, as libtiff writes them', async (t) => {
  for (const order of ['ii', 'mm']) {
    for (const compression of ['none', 'lzw', 'deflate', 'packbits']) {
      for (const layout of ['strips', 'tiles']) await assertFixture(t, `${order}-${compression}-${layout}`, compression)
    }
  }
  await assertFixture(t, 'ii-olddeflate-strips', 'deflate')
})

t.test('LZW over a full table, and its longest strings', async (t) => {
  const [long] = await readAll(store(tiffFixture('lzw-long')[0]))
  const expected = Uint16Array.from({ length: 2304 }, (_, index) => (index * index * 40503 + index * 2654435) % 65521)
  t.ok(bytesOf(long).equals(Buffer.from(expected.buffer)), 'bit for bit')
  const [flat] = await readAll(store(tiffFixture('lzw-flat')[0]))
  t.strictSame(flat.shape, [1000, 1000])
  t.ok(bytesOf(flat).equals(Buffer.alloc(2_000_000)), 'zeros, packed 1:1300, are no bomb')
})

t.test('LZW that never clears a full table keeps 12 bits', async (t) => {
  // literal codes only: each adds an entry, so the width grows at entries 511, 1023, 2047 and then stays
  const count = 6000
  const bits: string[] = [(256).toString(2).padStart(9, '0')]
  let next = 258
  for (let index = 0; index < count; index++) {
    const width = next >= 2047 ? 12 : next >= 1023 ? 11 : next >= 511 ? 10 : 9
    bits.push((index % 251).toString(2).padStart(width, '0'))
    if (index > 0) next = Math.min(4096, next + 1)
  }
  const all = bits.join('')
  const packed = Uint8Array.from({ length: Math.ceil(all.length / 8) }, (_, byte) =>
    parseInt(all.slice(byte * 8, byte * 8 + 8).padEnd(8, '0'), 2)
  )
  const fields: Record<number, BuildField> = { 256: [3, 100], 257: [3, 60], 258: [3, 8], 259: [3, 5] }
  const [frame] = await readAll(store(buildTiff([{ fields, blocks: [packed] }])))
  t.ok(bytesOf(frame).equals(Buffer.from(Uint8Array.from({ length: count }, (_, index) => index % 251))))
})

const pixels = Uint8Array.from({ length: 24 }, (_, index) => index + 1)
const u16 = (bytes: Uint8Array): number[] => [...new Uint16Array(bytes.slice().buffer)]

t.test('what is unusual and right', async (t) => {
  const read = async (pages: BuildPage[], options?: BuildOptions): Promise<RawFrame[]> => readAll(store(buildTiff(pages, options)))
  const [white] = await read([{ fields: { 262: [3, 0] }, blocks: [pixels] }])
  t.equal(white.info?.minIsWhite, true, 'MinIsWhite is reported')
  t.strictSame([...white.data], u16(pixels), 'and the values are as stored')
  t.match(white.info, { name: /\d\.tif$/ })

  const [silent] = await read([{ fields: { 262: null }, blocks: [pixels] }])
  t.equal(silent.info?.minIsWhite, undefined, 'no photometric tag: unknown')

  // garbage in tags that nobody needs: denominator 0, a colour map at byte 0, private tags, an unknown type
  const odd: Record<number, BuildField> = { 282: [12, 0], 320: [3, 0], 50838: [4, 1, 2], 50839: [99, 1] }
  const [trapped] = await read([{ fields: odd, blocks: [pixels] }])
  t.strictSame([...trapped.data], u16(pixels))

  const thumbnail: BuildPage = { fields: { 254: [4, 1], 256: [3, 1], 257: [3, 1] }, blocks: [new Uint8Array(2)] }
  const mask: BuildPage = { fields: { 254: [4, 4], 258: [3, 1] } }
  const old: BuildPage = { fields: { 255: [3, 2] } }
  const mixed = store(buildTiff([{ fields: { 254: [4, 2] }, blocks: [pixels] }, thumbnail, mask, old, { fields: { 255: [3, 3] } }]))
  t.strictSame(
    (await readAll(mixed)).map(({ info }) => info?.name),
    [`${mixed} page 1`, `${mixed} page 2`],
    'thumbnails and masks are no frames'
  )
  t.equal(await countFrames([mixed]), 2)

  const backwards = await read([{ fields: { 278: [3, 2], 273: [4, 28, 16] }, blocks: [pixels.subarray(12), pixels.subarray(0, 12)] }])
  t.strictSame([...backwards[0].data], u16(pixels), 'strips in any order')

  // two rows per strip, 3 rows: the last strip is padded to two rows, as some writers do
  const padded = [pixels.subarray(0, 12), pixels.subarray(12)]
  for (const [method, pack] of [
    [1, Buffer.from],
    [8, deflateSync]
  ] as const) {
    const [frame] = await read([{ fields: { 257: [3, 3], 278: [3, 2], 259: [3, method] }, blocks: padded.map((block) => pack(block)) }])
    t.strictSame([...frame.data], u16(pixels.subarray(0, 18)), `padded last strip, compression ${method}`)
  }

  const [byteTyped] = await read([{ fields: { 256: [1, 3], 257: [16, 4] }, blocks: [pixels] }], { big: true, bigEndian: true })
  t.strictSame(
    [...byteTyped.data],
    u16(pixels).map((value) => (value >> 8) | ((value & 255) << 8)),
    'byte and long8 fields'
  )

  const text = [...Buffer.from('ImageJ=1.51s\nimages=2\n\0')]
  t.equal((await read([{ fields: { 270: [2, ...text] } }, {}])).length, 2, 'an ImageJ stack with all its directories')
  t.equal((await read([{ fields: { 270: [2, ...Buffer.from('ImageJ=1.51s\nmin=1\0')] } }])).length, 1)
  const two = Uint8Array.from({ length: 48 }, (_, i) => i)
  const behindOne = await read([{ fields: { 270: [2, ...text], 279: [4, 24] }, blocks: [two] }])
  t.strictSame(
    behindOne.map(({ data }) => [...new Uint8Array(data.buffer)]),
    [[...two.subarray(0, 24)], [...two.subarray(24)]],
    'an ImageJ stack behind one'
  )
  const strips = { 270: [2, ...text] as const, 273: [4, 16, 28] as const, 279: [4, 12, 12] as const, 278: [3, 2] as const }
  t.equal((await read([{ fields: strips, blocks: [two] }])).length, 2, 'of strips')
  t.equal((await read([{ fields: { 270: [3, 1, 2, 3, 4] } }])).length, 1, 'a description of a wrong type')
  // MetaMorph: as many values of UIC2Tag as planes; the planes one behind the other, in strips or not
  const ways: Record<number, BuildField>[] = [{ 279: [4, 24] }, { 273: [4, 16, 28], 279: [4, 12, 12], 278: [3, 2] }]
  for (const stripes of ways) {
    const planes = await read([{ fields: { 33629: [5, 0, 0], ...stripes }, blocks: [two] }])
    t.strictSame(
      planes.map(({ data }) => [...new Uint8Array(data.buffer)]),
      [[...two.subarray(0, 24)], [...two.subarray(24)]],
      'an STK of two planes'
    )
  }
  const shape = (words: string): number[] => [...Buffer.from(`${words}\0`)]
  const truncated = { 270: [2, ...shape('{"shape": [2, 1, 4, 3], "truncated": true}')] as const, 279: [4, 24] as const }
  const series = await read([{ fields: truncated, blocks: [two] }, {}])
  t.equal(series.length, 3, 'a truncated series and a page of its own')
  t.strictSame([...new Uint8Array(series[1].data.buffer)], [...two.subarray(24)])
  t.equal((await read([{ fields: { 270: [2, ...shape('{"shape": [2, 4, 3], "truncated": false}')] } }])).length, 1)
  t.equal((await read([{ fields: { 270: [2, ...shape('{"truncated"')] } }])).length, 1, 'no JSON')
})

t.test('what is refused, by name', async (t) => {
  const refusals: [string, Record<number, BuildField | null>, RegExp, BuildOptions?][] = [
    [
      'LZMA',
      { 259: [3, 34925] },
      /\.tif at byte \d+: expected compression none, deflate, LZW or PackBits, received compression 34925 \(LZMA\)/
    ],
    ['unknown compression', { 259: [3, 12345] }, /compression 12345 \(unknown\)/],
    ['RGB', { 262: [3, 2], 277: [3, 3], 258: [3, 8, 8, 8] }, /expected 1 sample per pixel, received 3 samples per pixel \(RGB\)/],
    ['two samples', { 277: [3, 2] }, /2 samples per pixel$/],
    ['palette', { 262: [3, 3] }, /photometric interpretation 3 \(palette colour\)/],
    ['11 bits', { 258: [3, 11] }, /11 bits per sample/],
    ['1 bit by default', { 258: null }, /received 1 bit per sample/],
    ['float24', { 339: [3, 3], 258: [3, 24] }, /received float24/],
    ['u64', { 258: [3, 64] }, /received 64 bits per sample/],
    ['complex', { 339: [3, 6] }, /SampleFormat 6 \(complex floats\)/],
    ['SampleFormat 0', { 339: [3, 0] }, /SampleFormat 0 \(unknown\)/],
    ['FillOrder', { 266: [3, 3] }, /FillOrder 3/],
    ['volume', { 32997: [4, 5] }, /ImageDepth 5 \(a volume in one page\)/],
    ['predictor 4', { 259: [3, 8], 317: [3, 4] }, /predictor 4/],
    ['predictor without compression', { 317: [3, 2] }, /a predictor only with deflate or LZW, received predictor 2 with compression 1/],
    ['float predictor of integers', { 259: [3, 5], 317: [3, 3] }, /predictor 3 only with floats, received predictor 3 with u16/],
    ['no rows', { 257: [3, 0] }, /at least 1 row, received 0/],
    ['no columns', { 256: [3, 0] }, /at least 1 column, received 0/],
    ['no width', { 256: null }, /expected tag 256, received a directory without it/],
    ['two widths', { 256: [3, 3, 3] }, /expected at most 1 values of tag 256, received 2/],
    ['float width', { 256: [12, 3] }, /expected tag 256 as unsigned integers, received type 12/],
    ['type 99', { 256: [99, 3] }, /expected tag 256 with values of a known type, received type 99, count 1/],
    ['no strips', { 273: null }, /expected tag 273, received a directory without it/],
    ['no strip sizes', { 279: null }, /expected tag 279/],
    ['rows per strip 0', { 278: [3, 0] }, /at least 1 row per strip or tile/],
    ['tile rows 0', { 322: [3, 16], 323: [3, 0] }, /at least 1 row per strip or tile/],
    ['tile columns 0', { 322: [3, 0], 323: [3, 16] }, /at least 1 column per tile/],
    ['tile rows missing', { 322: [3, 16] }, /expected tag 323/],
    ['too few strips', { 278: [3, 2] }, /expected 2 values of tag 273, received 1/],
    ['sparse', { 273: [4, 0] }, /expected bytes for strip 0, received offset 0, 24 bytes \(a sparse file\)/],
    ['sparse tile', { 322: [3, 16], 323: [3, 16], 324: [4, 16], 325: [4, 0] }, /expected bytes for tile 0/],
    ['strip outside', { 273: [4, 90_000] }, /at byte 90000: expected 24 bytes of strip 0, received 0 up to the end of the file/],
    ['strip too short', { 257: [3, 5] }, /expected 30 bytes of strip 0, received 24/],
    [
      'strips over each other',
      { 278: [3, 1], 257: [3, 100], 273: [4, ...Array(100).fill(16)], 279: [4, ...Array(100).fill(24)], 256: [3, 12] },
      /expected blocks that fit side by side into \d+ bytes, received 2400 bytes/
    ],
    ['huge page', { 256: [4, 2 ** 31], 257: [4, 2 ** 31] }, /expected a page of at most 2147483648 bytes, received 2147483648 rows x/],
    [
      'huge tile',
      { 259: [3, 8], 322: [4, 2 ** 31], 323: [4, 1], 257: [3, 1], 324: [4, 16], 325: [4, 24] },
      /tiles of at most 67108864 bytes/
    ],
    [
      'bomb',
      { 259: [3, 8], 256: [3, 30_000], 257: [3, 30_000] },
      /expected strip 0 of at most 2000 times its 24 stored bytes, received 1800000000 bytes/
    ],
    ['second strip short', { 279: [4, 8, 8], 273: [4, 16, 24], 278: [3, 2] }, /expected 12 bytes of strip 0, received 8/],
    [
      'wide number',
      { 256: [16, 2 ** 60] },
      /expected a page of at most 2147483648 bytes, received 4 rows x 1152921504606847000 cols/,
      { big: true }
    ],
    [
      'ImageJ stack',
      { 270: [2, ...Buffer.from('ImageJ=1.53\nimages=400\nslices=400\n\0')] },
      /an ImageJ stack of 400 frames, not packed, 24 bytes each.*, received \d+ bytes/
    ],
    [
      'ImageJ stack, packed',
      { 259: [3, 32773], 270: [2, ...Buffer.from('ImageJ=1.53\nimages=2\n\0')] },
      /ImageJ stack of 2 frames.* packed or scattered/
    ],
    ['STK, longer than the file', { 33629: [5, ...new Array(9).fill(0)] }, /a MetaMorph stack of 9 frames/],
    ['STK, packed', { 259: [3, 32773], 33629: [5, 0, 0] }, /a MetaMorph stack of 2 frames.* packed or scattered/],
    [
      'truncated, no whole frames',
      { 270: [2, ...Buffer.from('{"shape": [3, 5], "truncated": true}\0')] },
      /a truncated stack of 1.25 frames/
    ],
    [
      'tiles larger than any',
      { 322: [3, 16000], 323: [3, 16000], 324: [4, 16], 325: [4, 24] },
      /tiles of at most 67108864 bytes, received 512000000/
    ],
    [
      'more tiles than any',
      { 256: [3, 2000], 257: [3, 2000], 322: [3, 1], 323: [3, 1], 324: [4, 16], 325: [4, 24] },
      /at most 1048576 strips or tiles, received 4000000/
    ],
    ['ImageJ stack of none', { 270: [2, ...Buffer.from('ImageJ=1.53\nimages=0\n\0')] }, /ImageJ stack of 0 frames/],
    ['only a thumbnail', { 254: [4, 1] }, /expected a page that is a frame, received only thumbnails or masks \(directories: 1\)/],
    ['loop', {}, /expected a chain of directories that ends, received a directory met before \(a loop\)/, { next: 1 }],
    ['chain out of the file', {}, /at byte 5000: expected 2 bytes, received 0 up to the end of the file/, { next: -5000 }],
    ['empty directory', {}, /expected a directory of 1 to 4096 fields, received 0/, { next: -20 }],
    ['deflate that is none', { 259: [3, 8] }, /deflate data of at most 24 bytes, received unknown compression method/],
    ['old LZW', { 259: [3, 5], 273: [4, 17] }, /old-style LZW \(bits reversed\)/],
    ['short PackBits', { 259: [3, 32773] }, /expected PackBits data of 24 bytes, received 12 bytes/]
  ]
  for (const [name, fields, message, options] of refusals) {
    const block = new Uint8Array(24)
    block[2] = 1
    await t.rejects(readAll(store(buildTiff([{ fields, blocks: [block] }], options))), { code: 'ERR_FORMAT', message }, name)
  }
})

t.test('damage in the structure', async (t) => {
  const refuse = (bytes: Buffer, message: RegExp, name: string): Promise<unknown> =>
    t.rejects(readAll(store(bytes)), { code: 'ERR_FORMAT', message }, name) as Promise<unknown>
  const plain = buildTiff([{}])
  plain.writeUInt32LE(0, 4)
  await refuse(plain, /expected the offset of a directory, received 0/, 'no directory')
  const narrow = buildTiff([{}], { big: true })
  narrow.writeUInt16LE(4, 4)
  await refuse(narrow, /expected BigTIFF offsets of 8 bytes, received 4 bytes/, 'BigTIFF with other offsets')
  const far = buildTiff([{}], { big: true })
  far.writeBigUInt64LE(2n ** 60n, 8)
  await refuse(far, /at byte 8: expected a number below 2\^53, received 1152921504606846976/, 'an offset that no double holds')
  const twice = buildTiff([{}])
  twice.writeUInt16LE(257, 40 + 2)
  await refuse(twice, /expected tag 257 once in the directory, received it twice/, 'a tag twice')
  const outside = buildTiff([{ fields: { 278: [3, 2] }, blocks: [new Uint8Array(12), new Uint8Array(12)] }])
  const field = outside.indexOf(Buffer.from([0x11, 0x01, 4, 0])) // tag 273
  outside.writeUInt32LE(1_000_000, field + 8)
  await refuse(outside, /expected 8 bytes of values of tag 273, received the end of the file/, 'values outside the file')
  const many = Array.from({ length: 60 }, (_, index): [number, BuildField] => [60_000 + index, [3, 1]])
  const [frame] = await readAll(store(buildTiff([{ fields: Object.fromEntries(many), blocks: [pixels] }])))
  t.strictSame([...frame.data], u16(pixels), 'a directory longer than the first read')
})

t.test('packed data that ends early or says the impossible', async (t) => {
  const lzw = (...codes: number[]): Uint8Array => {
    const bits = codes.map((code) => code.toString(2).padStart(9, '0')).join('')
    return Uint8Array.from({ length: Math.ceil(bits.length / 8) }, (_, byte) =>
      parseInt(bits.slice(byte * 8, byte * 8 + 8).padEnd(8, '0'), 2)
    )
  }
  const cases: [number, Uint8Array, RegExp][] = [
    [5, lzw(256, 1, 2, 257), /expected LZW data of 24 bytes, received 2 bytes/],
    [5, lzw(256, 1, 2), /expected LZW data of 24 bytes, received 2 bytes/],
    [5, lzw(256, 300), /expected an LZW code below 258, received 300 after 0 unpacked bytes/],
    [5, lzw(256, 1, 260), /expected an LZW code below 258, received 260 after 1 unpacked bytes/],
    [32773, Uint8Array.of(3, 9, 9, 9), /expected PackBits data of 24 bytes, received 3 bytes/],
    [32773, Uint8Array.of(128, 0x81), /expected PackBits data of 24 bytes, received 0 bytes/],
    [8, deflateSync(new Uint8Array(23)), /expected deflate data of 24 bytes, received 23 bytes/],
    [8, deflateSync(new Uint8Array(25)), /expected deflate data of at most 24 bytes, received Cannot create a Buffer larger than 24 bytes/],
    [8, deflateSync(pixels).subarray(0, -2), /received unexpected end of file/]
  ]
  for (const [method, block, message] of cases) {
    await t.rejects(readAll(store(buildTiff([{ fields: { 259: [3, method] }, blocks: [block] }]))), { code: 'ERR_FORMAT', message })
  }
  const repeat = Uint8Array.of(128, 0x100 - 9, 7, 19, ...pixels.subarray(0, 14)) // no-op, 10 sevens, a literal that is cut at the end
  const [frame] = await readAll(store(buildTiff([{ fields: { 259: [3, 32773] }, blocks: [repeat] }])))
  t.ok(bytesOf(frame).equals(Buffer.from([...Array(10).fill(7), ...pixels.subarray(0, 14)])), 'PackBits runs')
})

/** The pages, or the code of the error where it is ours, or the stack of one that is not. */
async function probe(bytes: Uint8Array): Promise<RawFrame[] | string> {
  try {
    return await readAll(store(bytes))
  } catch (error) {
    return isDetectorError(error, 'ERR_FORMAT') ? error.code : String((error as Error).stack)
  }
}

const twoStrips: BuildPage = { fields: { 278: [3, 2] }, blocks: [pixels.subarray(0, 12), pixels.subarray(12)] }

t.test('a file cut at any length is a FormatError', async (t) => {
  const wrong: string[] = []
  for (const big of [false, true]) {
    const whole = buildTiff([twoStrips, { blocks: [pixels] }], { big })
    for (let length = 0; length < whole.length; length++) {
      const result = await probe(whole.subarray(0, length))
      if (result !== 'ERR_FORMAT') wrong.push(`${big} ${length}: ${String(result)}`)
    }
  }
  t.strictSame(wrong, [])
})

t.test('3000 seeded mutations raise nothing but FormatError', async (t) => {
  let seed = 20261121
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
    return Math.floor((seed / 2 ** 32) * below)
  }
  const packed = deflateSync(pixels)
  const lzw = Uint8Array.of(0x80, 0x00, 0x40, 0x60, 0x50, 0x38, 0x24, 0x16, 0x0d, 0x07, 0x84, 0x42)
  const runs = Uint8Array.of(129, 1, 129, 2, 129, 3, 129, 4)
  const seeds = [
    buildTiff([twoStrips, { blocks: [pixels] }]),
    buildTiff([{ fields: { 259: [3, 8], 317: [3, 2] }, blocks: [packed] }], { bigEndian: true, big: true }),
    buildTiff([{ fields: { 259: [3, 5] }, blocks: [lzw] }]),
    buildTiff([{ fields: { 259: [3, 32773], 322: [3, 16], 323: [3, 16], 324: [4, 16], 325: [4, 8] }, blocks: [runs] }])
  ]
  const wrong: string[] = []
  let largest = 0
  const path = join(folder, 'mutant.tif')
  for (let round = 0; round < 3000; round++) {
    const bytes = Buffer.from(seeds[round % seeds.length])
    const from = round % 3 === 0 ? 0 : bytes.length - 120
    for (let hits = 1 + random(3); hits > 0; hits--) {
      bytes[Math.max(0, from + random(bytes.length - from))] = random(4) === 0 ? 255 : random(256)
    }
    writeFileSync(path, bytes)
    try {
      // at most 2000 times the stored bytes: a few hundred kilobytes
      for await (const { data } of readFrames([path])) largest = Math.max(largest, data.byteLength)
    } catch (error) {
      if (!isDetectorError(error, 'ERR_FORMAT')) wrong.push(`${round}: ${(error as Error).stack}`)
    }
  }
  t.strictSame(wrong, [])
  t.ok(largest > 0 && largest <= 2000 * 1000, `largest frame ${largest} bytes`)
})

t.test('pages and directories that share their bytes are refused before they make work', async (t) => {
  const packed = deflateSync(Buffer.alloc(4_000_000), { level: 9 })
  const shared: Record<number, BuildField> = { 256: [4, 2000], 257: [4, 1000], 259: [3, 8], 273: [4, 16], 279: [4, packed.length] }
  const bomb = (pages: number): Uint8Array =>
    buildTiff(Array.from({ length: pages }, (_, k) => ({ fields: shared, blocks: k === 0 ? [packed] : [] })))
  const pagesOf = async (bytes: Uint8Array): Promise<number> => {
    const reader = await tiffFormat.open(bytesFile('bomb.tif', bytes), {})
    for (let page = 0; page < reader.pages; page++) await reader.readPage(page)
    await reader.readPage(0)
    return reader.pages
  }
  t.equal(await pagesOf(bomb(1)), 1, 'one may be read again')
  const message = /pages that fit side by side into \d+ bytes, received \d+ bytes of \d+ pages/
  await t.rejects(pagesOf(bomb(20)), { code: 'ERR_FORMAT', message })
  // 100 directories of 300 fields each, one begins 14 bytes behind the other
  const overlapping = Buffer.alloc(8 + 100 * 14 + 3606)
  overlapping.write('II*\0\x08', 'latin1')
  for (let k = 0, at = 8; k < 100; k++, at += 14) {
    overlapping.writeUInt16LE(300, at)
    overlapping.writeUInt32LE(k === 99 ? 0 : at + 14, at + 3602)
  }
  await t.rejects(pagesOf(overlapping), {
    code: 'ERR_FORMAT',
    message: /directories that do not overlap, received 7212 bytes of them in 5014/
  })
})
