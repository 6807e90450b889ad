import { join } from 'node:path'
import { existsSync } from 'node:fs'
import { deflateSync, gzipSync } from 'node:zlib'
import t from 'tap'
import type { RawFrame } from '../../../../lib/frame/raw-frame.js'
import { bytesFile } from '../../../../lib/io/formats/bytes-file.js'
import { edfFormat } from '../../../../lib/io/formats/edf/edf.js'
import type { FrameFormat } from '../../../../lib/io/formats/frame-format.js'
import { pngFormat } from '../../../../lib/io/formats/png/png.js'
import { tiffFormat } from '../../../../lib/io/formats/tiff/tiff.js'
import { readFrames } from '../../../../lib/io/read-frames.js'
import { buildTiff } from '../../../fixtures/build-tiff.js'
import type { BuildField } from '../../../fixtures/build-tiff.js'
import { buildEdf } from '../../../fixtures/formats/edf.js'
import { buildPng, chunk, header, pixels } from '../../../fixtures/formats/png.js'

const folder = 'test/fixtures/foreign'

async function all(name: string): Promise<RawFrame[]> {
  const frames: RawFrame[] = []
  for await (const frame of readFrames([join(folder, name)])) frames.push(frame)
  return frames
}

async function read(format: FrameFormat, bytes: Uint8Array): Promise<RawFrame> {
  return (await format.open(bytesFile('x', bytes), {})).readPage(0)
}

/** What numpy was given (see make-stored.py): 6e-8 is the least half float, 1/3 its nearest. */
const halves = Array.from({ length: 5 }, (_, row) =>
  [0, -0.5, 1, 65504, 2 ** -24, Infinity, 1365 / 4096].map((value) => (row === 4 ? -value : value))
).flat()
const stacked = (k: number): number[] => Array.from({ length: 35 }, (_, i) => 3 * (35 * k + i) - 5)

t.test('half floats, as numpy and tifffile write them', async (t) => {
  for (const name of ['f16.npy', 'f16-big.npy', 'f16.tif', 'f16-big.tif', 'f16-deflate.tif', 'f16-p3.tif']) {
    if (name === 'f16-p3.tif' && !existsSync(join(folder, name))) continue
    const [{ data, shape }] = await all(name)
    t.strictSame(shape, [5, 7], name)
    t.strictSame(data, Float32Array.from(halves), name)
  }
})

t.test('integers of 64 bits whose values fit, and Fortran stacks, as numpy writes them', async (t) => {
  for (const name of ['i64.npy', 'i64-big.npy', 'stack-fortran.npy']) {
    const frames = await all(name)
    t.equal(frames.length, 2, name)
    for (const [k, { data, shape }] of frames.entries()) {
      t.strictSame(shape, [5, 7])
      t.strictSame(data, Int32Array.from(stacked(k)), `${name}, frame ${k}`)
    }
  }
  t.strictSame((await all('u64-large.npy'))[0].data, Uint32Array.of(2 ** 32 - 1, 0))
  await t.rejects(all('i64-outside.npy'), {
    code: 'ERR_FORMAT',
    message: /at byte 136: expected integers of 64 bits whose values fit into i32, received -2147483649$/
  })
})

/** Samples one after the other as text of zeros and ones, each row filled up to a byte. */
function bitsOf(values: readonly number[], cols: number, bits: number): Buffer {
  const rows: string[] = []
  for (let at = 0; at < values.length; at += cols) {
    const row = values
      .slice(at, at + cols)
      .map((value) => value.toString(2).padStart(bits, '0'))
      .join('')
    rows.push(row.padEnd(Math.ceil(row.length / 8) * 8, '0'))
  }
  return Buffer.from(
    rows
      .join('')
      .match(/.{8}/g)!
      .map((byte) => Number.parseInt(byte, 2))
  )
}

const turned = (bytes: Uint8Array): Uint8Array =>
  bytes.map((byte) => Number.parseInt([...byte.toString(2).padStart(8, '0')].reverse().join(''), 2))

t.test('TIFF: samples of 10, 12 and 14 bits, either FillOrder, strips and tiles, packed or not', async (t) => {
  for (const bits of [10, 12, 14]) {
    const values = Array.from({ length: 12 }, (_, i) => (i * 2749 + 1) % 2 ** bits)
    const whole = bitsOf(values, 3, bits)
    const rowBytes = whole.length / 4
    const ways: [string, Record<number, BuildField>, Uint8Array[]][] = [
      ['plain', {}, [whole]],
      ['strips', { 278: [3, 3] }, [whole.subarray(0, 3 * rowBytes), whole.subarray(3 * rowBytes)]],
      ['deflate', { 259: [3, 8] }, [deflateSync(whole)]],
      ['FillOrder 2', { 266: [3, 2] }, [turned(whole)]],
      ['FillOrder 2, deflate', { 266: [3, 2], 259: [3, 8] }, [turned(deflateSync(whole))]]
    ]
    for (const bigEndian of [false, true]) {
      for (const [what, fields, blocks] of ways) {
        const frame = await read(tiffFormat, buildTiff([{ fields: { 258: [3, bits], ...fields }, blocks }], { bigEndian }))
        t.strictSame(
          frame,
          { data: Uint16Array.from(values), shape: [4, 3], info: { minIsWhite: false, bitsUsed: bits } },
          `${what}, ${bits} bits`
        )
      }
    }
  }
  const values = Array.from({ length: 16 * 20 }, (_, i) => (i * 37) % 4096)
  const tile = (left: number): Uint8Array =>
    bitsOf(
      Array.from({ length: 256 }, (_, i) => (left + (i % 16) < 20 ? values[20 * (i >> 4) + left + (i % 16)] : 4095)),
      16,
      12
    )
  const fields: Record<number, BuildField | null> = {
    256: [3, 20],
    257: [3, 16],
    258: [3, 12],
    322: [3, 16],
    323: [3, 16],
    273: null,
    279: null
  }
  const place = { 324: [4, 16, 16 + 384] as const, 325: [4, 384, 384] as const }
  const tiled = await read(tiffFormat, buildTiff([{ fields: { ...fields, ...place }, blocks: [tile(0), tile(16)] }]))
  t.strictSame([...tiled.data], values, 'tiles')
  const words = Uint8Array.from({ length: 24 }, (_, i) => 11 * i)
  const plain = await read(tiffFormat, buildTiff([{ fields: { 266: [3, 2] }, blocks: [turned(words)] }]))
  t.strictSame(Buffer.from(plain.data.buffer), Buffer.from(words), '16 bits in FillOrder 2')
})

t.test('PNG: interlaced frames of any size', async (t) => {
  // the pattern as the standard draws it: to which pass each pixel of a square of 8 x 8 belongs
  const pattern = ['16462646', '77777777', '56565656', '77777777', '36463646', '77777777', '56565656', '77777777']
  for (const bits of [8, 16]) {
    for (let rows = 1; rows <= 10; rows++) {
      for (let cols = 1; cols <= 10; cols++) {
        const values = Array.from({ length: rows * cols }, (_, i) => (i * 7919 + 3) % 2 ** bits)
        const stream: number[] = []
        for (const pass of '1234567') {
          for (let row = 0; row < rows; row++) {
            const line = values.slice(row * cols, (row + 1) * cols).filter((_, col) => pattern[row % 8][col % 8] === pass)
            if (line.length > 0) stream.push(0, ...line.flatMap((value) => (bits === 16 ? [value >> 8, value & 255] : [value])))
          }
        }
        const file = buildPng(header({ rows, cols, bits, interlace: 1 }), pixels(Uint8Array.from(stream)), chunk('IEND'))
        const { data, shape } = await read(pngFormat, file)
        t.strictSame([shape, [...data]], [[rows, cols], values], `${rows} x ${cols}, ${bits} bits`)
      }
    }
  }
})

t.test('EDF: blocks packed by gzip or zlib, and integers of 64 bits', async (t) => {
  const plain = Uint8Array.from({ length: 12 }, (_, i) => 5 * i + 1)
  const expected = (await read(edfFormat, buildEdf({}, plain))).data
  for (const [Compression, packed] of [
    ['GzipCompression', gzipSync(plain)],
    ['ZCompression', deflateSync(plain)]
  ] as const) {
    const block = buildEdf({ Compression, Size: String(packed.length) }, packed)
    const reader = await edfFormat.open(bytesFile('x.edf', Buffer.concat([block, buildEdf({}, plain)])), {})
    t.equal(reader.pages, 2)
    for (const page of [0, 1]) t.strictSame((await reader.readPage(page)).data, expected, `${Compression}, frame ${page}`)
  }
  const refuse = async (packed: Uint8Array, more: Record<string, string>, message: RegExp): Promise<void> => {
    const bytes = buildEdf({ Compression: 'GzipCompression', Size: String(packed.length), ...more }, packed)
    await t.rejects(read(edfFormat, bytes), { code: 'ERR_FORMAT', message })
  }
  await refuse(gzipSync(plain.subarray(1)), {}, /compressed pixels of 12 bytes, received 11 bytes/)
  await refuse(gzipSync(new Uint8Array(13)), {}, /compressed pixels of 12 bytes, received/)
  await refuse(plain, {}, /incorrect header check/)
  await refuse(gzipSync(plain), { Dim_1: '1000000' }, /bytes, too few for them/)
  await refuse(gzipSync(plain), { Num_Images: '2' }, /one frame in a compressed block/)
  await refuse(gzipSync(plain), { Compression: 'ByteOffset' }, /by gzip or zlib, received ByteOffset/)
  const words = Buffer.alloc(48)
  for (let i = 0; i < 6; i++) words.writeBigInt64BE(BigInt(-7 * i), 8 * i)
  const wide = await read(edfFormat, buildEdf({ DataType: 'Signed64', ByteOrder: 'HighByteFirst' }, words))
  t.strictSame(wide.data, Int32Array.from([0, -7, -14, -21, -28, -35]))
})
