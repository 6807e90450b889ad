import { inflateSync, crc32 } from 'node:zlib'
import { FormatError } from '../../errors.js'
import type { Shape } from '../../frame/shape.js'
import { assertPanelShape } from './assert-panel-shape.js'

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
const GREY = 0
const PALETTE = 3
/** Chunks that change what the pixels mean, or that must be understood, carry a capital first letter; these are. */
const KNOWN_CRITICAL = ['IHDR', 'PLTE', 'IDAT', 'IEND']

interface Header {
  readonly rows: number
  readonly cols: number
  readonly bits: number
}

/**
 * Read a PNG of one value per pixel, as a bad-pixel map is stored: grey of 1, 2, 4, 8 or 16 bits, or indices into a palette (the
 * index counts, not its colour). Values are returned as stored. Not read, and refused by name: colour, alpha, interlacing.
 *
 * Every chunk is held to its CRC, the pixels to the size that the header states: no more is ever unpacked.
 * @param file name for messages
 * @throws {FormatError} ERR_FORMAT with the byte offset
 * @see PNG specification, third edition (W3C, 2025), 5 and 9 to 11
 */
export function decodePng(file: string, bytes: Uint8Array): { data: Uint8Array | Uint16Array; shape: Shape } {
  if (SIGNATURE.some((byte, i) => bytes[i] !== byte)) throw new FormatError({ file, offset: 0, expected: 'a PNG file', received: 'other bytes' })
  const packed: Uint8Array[] = []
  let header: Header | null = null
  let at = SIGNATURE.length
  for (let type = ''; type !== 'IEND'; ) {
    const chunk = readChunk(file, bytes, at)
    type = chunk.type
    if ((header === null) !== (type === 'IHDR')) throw wrong(file, at, 'one IHDR chunk, first', type)
    if (type === 'IHDR') header = readHeader(file, chunk.data, at)
    else if (type === 'IDAT') packed.push(chunk.data)
    else if (/^[A-Z]/.test(type) && !KNOWN_CRITICAL.includes(type)) throw wrong(file, at, `chunks of ${KNOWN_CRITICAL.join(', ')}`, type)
    at += 12 + chunk.data.length
  }
  const { rows, cols, bits } = header!
  const rowBytes = Math.ceil((cols * bits) / 8)
  const lines = unpack(file, packed, rows * (rowBytes + 1))
  undoFilters(file, lines, rows, rowBytes, Math.max(1, bits / 8))
  return { data: readSamples(lines, rows, cols, bits, rowBytes), shape: [rows, cols] }
}

function readChunk(file: string, bytes: Uint8Array, at: number): { type: string; data: Uint8Array } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const length = at + 12 <= bytes.length ? view.getUint32(at) : Infinity
  if (at + 12 + length > bytes.length) throw wrong(file, at, 'a whole chunk', 'the end of the file')
  const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8))
  if (crc32(bytes.subarray(at + 4, at + 8 + length)) !== view.getUint32(at + 8 + length)) throw wrong(file, at, `a chunk ${type} with the right CRC`, 'another')
  return { type, data: bytes.subarray(at + 8, at + 8 + length) }
}

function readHeader(file: string, data: Uint8Array, at: number): Header {
  if (data.length !== 13) throw wrong(file, at, 'a header of 13 bytes', `${data.length}`)
  const view = new DataView(data.buffer, data.byteOffset, data.length)
  const [bits, colour, compression, filter, interlace] = data.subarray(8)
  if ((colour !== GREY && colour !== PALETTE) || ![1, 2, 4, 8, 16].includes(bits) || (colour === PALETTE && bits === 16)) {
    throw wrong(file, at, 'grey of 1, 2, 4, 8 or 16 bits, or a palette', `colour type ${colour} of ${bits} bits`)
  }
  if (compression !== 0 || filter !== 0) throw wrong(file, at, 'compression 0 and filter 0', `${compression} and ${filter}`)
  if (interlace !== 0) throw wrong(file, at, 'rows in order', 'interlacing, which is not read')
  const [cols, rows] = [view.getUint32(0), view.getUint32(4)]
  assertPanelShape(file, rows, cols, { offset: at })
  return { rows, cols, bits }
}

function unpack(file: string, packed: readonly Uint8Array[], length: number): Uint8Array {
  const expected = `${length} bytes of unpacked pixels`
  try {
    const lines = inflateSync(Buffer.concat(packed), { maxOutputLength: length })
    if (lines.length === length) return lines
    throw new FormatError({ file, expected, received: String(lines.length) })
  } catch (cause) {
    if (cause instanceof FormatError) throw cause
    throw new FormatError({ file, expected, received: (cause as Error).message, cause })
  }
}

/** In place; each row begins with the number of its filter. */
function undoFilters(file: string, lines: Uint8Array, rows: number, rowBytes: number, step: number): void {
  const none = new Uint8Array(rowBytes)
  for (let row = 0; row < rows; row++) {
    const start = row * (rowBytes + 1)
    const line = lines.subarray(start + 1, start + 1 + rowBytes)
    const above = row === 0 ? none : lines.subarray(start - rowBytes, start)
    const filter = lines[start]
    if (filter > 4) throw new FormatError({ file, expected: `a filter from 0 to 4 in row ${row}`, received: String(filter) })
    for (let i = 0; i < rowBytes; i++) {
      const left = i < step ? 0 : line[i - step]
      const corner = i < step ? 0 : above[i - step]
      line[i] += predict(filter, left, above[i], corner)
    }
  }
}

function predict(filter: number, left: number, above: number, corner: number): number {
  if (filter === 0) return 0
  if (filter === 1) return left
  if (filter === 2) return above
  if (filter === 3) return (left + above) >> 1
  const guess = left + above - corner
  const [fromLeft, fromAbove, fromCorner] = [Math.abs(guess - left), Math.abs(guess - above), Math.abs(guess - corner)]
  if (fromLeft <= fromAbove && fromLeft <= fromCorner) return left
  return fromAbove <= fromCorner ? above : corner
}

function readSamples(lines: Uint8Array, rows: number, cols: number, bits: number, rowBytes: number): Uint8Array | Uint16Array {
  const data = bits === 16 ? new Uint16Array(rows * cols) : new Uint8Array(rows * cols)
  const perByte = 8 / bits
  for (let row = 0, out = 0; row < rows; row++) {
    const start = row * (rowBytes + 1) + 1
    for (let col = 0; col < cols; col++, out++) {
      if (bits === 16) data[out] = (lines[start + 2 * col] << 8) | lines[start + 2 * col + 1]
      else data[out] = (lines[start + Math.floor(col / perByte)] >> (8 - bits * ((col % perByte) + 1))) & (2 ** bits - 1)
    }
  }
  return data
}

function wrong(file: string, offset: number, expected: string, received: string): FormatError {
  return new FormatError({ file, offset, expected, received })
}
