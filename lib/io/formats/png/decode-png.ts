import { promisify } from 'node:util'
import { crc32, inflate } from 'node:zlib'
import { FormatError } from '../../../errors.js'
import type { RawFrame } from '../../../frame/raw-frame.js'
import type { FrameFile } from '../frame-file.js'
import { LARGEST_DEFLATE_RATIO } from '../largest-deflate-ratio.js'
import { LARGEST_UNPACKED } from '../largest-unpacked.js'
import { swapBytes } from '../swap-bytes.js'
import type { PngChunks } from './read-png-chunks.js'
import { spreadBits } from './spread-bits.js'
import { unfilterRows } from './unfilter-rows.js'

const unpack = promisify<Uint8Array, { maxOutputLength: number }, Buffer>(inflate)

/**
 * Unpack the pixels of a PNG file. Memory is asked for only when the packed bytes can give that much.
 * @throws {FormatError} ERR_FORMAT when they are damaged, or not as many as the header says
 */
export async function decodePng(file: FrameFile, { rows, cols, bits, interlaced, bitsUsed, packed }: PngChunks): Promise<RawFrame> {
  const passes = (interlaced ? adam7 : [wholeFrame])
    .map((pass) => ({ ...pass, high: Math.ceil((rows - pass.top) / pass.down), wide: Math.ceil((cols - pass.left) / pass.across) }))
    .filter(({ high, wide }) => high > 0 && wide > 0)
  const rowBytesOf = (wide: number): number => Math.ceil((wide * bits) / 8)
  const expected = passes.reduce((sum, { high, wide }) => sum + (rowBytesOf(wide) + 1) * high, 0)
  const refuse = (received: string, cause?: unknown): never => {
    throw new FormatError({ file: file.path, expected: `${rows} rows x ${cols} columns x ${bits} bits of packed pixels`, received, cause })
  }
  const packedBytes = packed.reduce((sum, { length }) => sum + length, 0)
  if (packedBytes * LARGEST_DEFLATE_RATIO < expected) refuse(`${packedBytes} packed bytes, too few for them`)
  if (packedBytes > LARGEST_UNPACKED) refuse(`${packedBytes} packed bytes, of which at most ${LARGEST_UNPACKED} are held`)
  const bytes = await readPacked(file, packed)
  const filtered = await unpack(bytes, { maxOutputLength: expected }).catch((cause: Error) => refuse(cause.message, cause))
  if (filtered.length !== expected) refuse(`${filtered.length} of ${expected} bytes`)
  let at = 0
  let frame: Uint8Array | Uint16Array | undefined
  for (const pass of passes) {
    const { high, wide } = pass
    const rowBytes = rowBytesOf(wide)
    const pixels = new Uint8Array(high * rowBytes)
    const unknown = unfilterRows(filtered.subarray(at), pixels, high, rowBytes, Math.max(1, bits / 8))
    if (unknown >= 0) refuse(`an unknown filter in row ${unknown}${interlaced ? ' of a pass' : ''}`)
    const samples = samplesOf(pixels, high, wide, bits)
    if (interlaced) scatter(samples, (frame ??= bits === 16 ? new Uint16Array(rows * cols) : new Uint8Array(rows * cols)), cols, pass)
    else frame = samples
    at += (rowBytes + 1) * high
  }
  return { data: frame!, shape: [rows, cols], ...(bitsUsed !== undefined && { info: { bitsUsed } }) }
}

/** Every `down`th row from `top` on, and of it every `across`th column from `left` on. */
interface Pass {
  readonly top: number
  readonly left: number
  readonly down: number
  readonly across: number
}

const wholeFrame: Pass = { top: 0, left: 0, down: 1, across: 1 }
/** ISO/IEC 15948, section 8.2, 2004. */
const adam7: readonly Pass[] = [
  { top: 0, left: 0, down: 8, across: 8 },
  { top: 0, left: 4, down: 8, across: 8 },
  { top: 4, left: 0, down: 8, across: 4 },
  { top: 0, left: 2, down: 4, across: 4 },
  { top: 2, left: 0, down: 4, across: 2 },
  { top: 0, left: 1, down: 2, across: 2 },
  { top: 1, left: 0, down: 2, across: 1 }
]

function scatter(samples: ArrayLike<number>, frame: Uint8Array | Uint16Array, cols: number, { top, left, down, across }: Pass): void {
  for (let at = 0, row = top; at < samples.length; row += down) {
    for (let col = left; col < cols; col += across) frame[row * cols + col] = samples[at++]
  }
}

function samplesOf(pixels: Uint8Array<ArrayBuffer>, rows: number, cols: number, bits: number): Uint8Array | Uint16Array {
  if (bits < 8) return spreadBits(pixels, rows, cols, bits)
  swapBytes(pixels, bits / 8)
  return bits === 16 ? new Uint16Array(pixels.buffer) : pixels
}

async function readPacked(file: FrameFile, packed: PngChunks['packed']): Promise<Uint8Array> {
  const whole = new Uint8Array(packed.reduce((sum, { length }) => sum + length, 0))
  let end = 0
  for (const { position, length } of packed) {
    const bytes = new Uint8Array(length + 8)
    await file.read(bytes, position - 4)
    if (crc32(bytes.subarray(0, length + 4)) !== new DataView(bytes.buffer).getUint32(length + 4)) {
      throw new FormatError({ file: file.path, offset: position, expected: 'the bytes of their CRC', received: 'other bytes' })
    }
    whole.set(bytes.subarray(4, length + 4), end)
    end += length
  }
  return whole
}
