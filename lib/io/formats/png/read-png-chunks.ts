import { crc32 } from 'node:zlib'
import { FormatError } from '../../../errors.js'
import type { FrameFile } from '../frame-file.js'
import { LARGEST_UNPACKED } from '../largest-unpacked.js'

/** A PNG file, its chunks checked, its pixels still packed. */
export interface PngChunks {
  readonly rows: number
  readonly cols: number
  readonly bits: 8 | 16
  /** Significant bits, where the file says so. */
  readonly bitsUsed: number | undefined
  /** Places of the packed pixels, in order. */
  readonly packed: readonly { readonly position: number; readonly length: number }[]
}

const signatureBytes = 8
/** Length, type and CRC of a chunk. */
const frameBytes = 12
const colours: Readonly<Record<number, string>> = { 2: 'colour', 3: 'a palette', 4: 'grey with transparency', 6: 'colour with transparency' }
/** Chunks that change what the pixels are; the others only describe them. */
const refused: Readonly<Record<string, string>> = { acTL: 'an animation', tRNS: 'transparency', PLTE: 'a palette' }

/**
 * Go through the chunks of a PNG file, from its header to its end, and check them.
 * @throws {FormatError} ERR_FORMAT when one is damaged or cut, or the pixels are not plain grey
 */
export async function readPngChunks(file: FrameFile): Promise<PngChunks> {
  const packed: { position: number; length: number }[] = []
  let header: Pick<PngChunks, 'rows' | 'cols' | 'bits'> | undefined
  let bitsUsed: number | undefined
  for (let at = signatureBytes; ; ) {
    const { type, length } = await readFrame(file, at)
    if (refused[type] !== undefined) refuse(file, at, 'plain grey pixels', refused[type])
    if (type === 'IHDR') header = parseHeader(file, at, await readChunk(file, at, length))
    else if (header === undefined) return refuse(file, at, 'the header of the frame (IHDR)', type)
    if (type === 'sBIT') bitsUsed = (await readChunk(file, at, length))[0]
    if (type === 'IDAT') packed.push({ position: at + 8, length })
    if (type === 'IEND' && header) return { ...header, bitsUsed, packed }
    at += frameBytes + length
  }
}

function refuse(file: FrameFile, offset: number, expected: string, received: string): never {
  throw new FormatError({ file: file.path, offset, expected, received })
}

async function readFrame(file: FrameFile, at: number): Promise<{ type: string; length: number }> {
  if (at + frameBytes > file.size) refuse(file, at, 'another chunk: PNG ends with IEND', 'the end of the file')
  const bytes = new Uint8Array(8)
  await file.read(bytes, at)
  const length = new DataView(bytes.buffer).getUint32(0)
  const type = Buffer.from(bytes.buffer, 4, 4).toString('latin1')
  if (!/^[A-Za-z]{4}$/.test(type)) refuse(file, at + 4, 'the type of a chunk', JSON.stringify(type))
  if (at + frameBytes + length > file.size) refuse(file, at, `${length} bytes of ${type}`, `the end of the file (${file.size} bytes)`)
  return { type, length }
}

async function readChunk(file: FrameFile, at: number, length: number): Promise<Uint8Array> {
  if (length > 64) refuse(file, at, 'a short chunk', `${length} bytes`)
  const bytes = new Uint8Array(length + 8)
  await file.read(bytes, at + 4)
  const stated = new DataView(bytes.buffer).getUint32(length + 4)
  if (crc32(bytes.subarray(0, length + 4)) !== stated) refuse(file, at, 'the bytes of its CRC', 'other bytes')
  return bytes.subarray(4, length + 4)
}

function parseHeader(file: FrameFile, at: number, bytes: Uint8Array): Pick<PngChunks, 'rows' | 'cols' | 'bits'> {
  if (at !== signatureBytes || bytes.length !== 13) refuse(file, at, 'one header of 13 bytes, first', `${bytes.length} bytes`)
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const cols = view.getUint32(0)
  const rows = view.getUint32(4)
  const [bits, colour, method, filter, interlace] = bytes.subarray(8)
  if (colour !== 0) refuse(file, at + 17, 'one grey sample per pixel', colours[colour] ?? `colour type ${colour}`)
  if (bits !== 8 && bits !== 16) return refuse(file, at + 16, '8 or 16 bits per pixel', `${bits}`)
  if (method !== 0 || filter !== 0) refuse(file, at + 18, 'compression 0 and filter 0', `${method} and ${filter}`)
  if (interlace !== 0) refuse(file, at + 20, 'rows in their order', 'interlaced ones')
  if (rows < 1 || cols < 1 || (cols * (bits / 8) + 1) * rows > LARGEST_UNPACKED) {
    refuse(file, at + 8, `a frame of 1 to ${LARGEST_UNPACKED} bytes`, `${rows} rows x ${cols} columns x ${bits / 8} bytes`)
  }
  return { rows, cols, bits }
}
