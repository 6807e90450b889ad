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
export async function decodePng(file: FrameFile, { rows, cols, bits, bitsUsed, packed }: PngChunks): Promise<RawFrame> {
  const rowBytes = Math.ceil((cols * bits) / 8)
  const pixelBytes = Math.max(1, bits / 8)
  const expected = (rowBytes + 1) * rows
  const refuse = (received: string, cause?: unknown): never => {
    throw new FormatError({ file: file.path, expected: `${rows} rows x ${cols} columns x ${bits} bits of packed pixels`, received, cause })
  }
  const packedBytes = packed.reduce((sum, { length }) => sum + length, 0)
  if (packedBytes * LARGEST_DEFLATE_RATIO < expected) refuse(`${packedBytes} packed bytes, too few for them`)
  if (packedBytes > LARGEST_UNPACKED) refuse(`${packedBytes} packed bytes, of which at most ${LARGEST_UNPACKED} are held`)
  const bytes = await readPacked(file, packed)
  const filtered = await unpack(bytes, { maxOutputLength: expected }).catch((cause: Error) => refuse(cause.message, cause))
  if (filtered.length !== expected) refuse(`${filtered.length} of ${expected} bytes`)
  const pixels = new Uint8Array(rows * rowBytes)
  const unknown = unfilterRows(filtered, pixels, rows, rowBytes, pixelBytes)
  if (unknown >= 0) refuse(`an unknown filter in row ${unknown}`)
  return { data: samplesOf(pixels, rows, cols, bits), shape: [rows, cols], ...(bitsUsed !== undefined && { info: { bitsUsed } }) }
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
