import { crc32 } from 'node:zlib'
import { FormatError } from '../../../errors.js'
import type { FrameFile } from '../frame-file.js'
import { LARGEST_UNPACKED } from '../largest-unpacked.js'

/** A PNG file, its chunks checked, its pixels still packed. */
export interface PngChunks {
  readonly rows: number
  readonly cols: number
  /** 1, 2, 4, 8 or 16 per pixel. */
  readonly bits: number
  /** Rows of seven passes (Adam7) instead of rows in their order. */
  readonly interlaced: boolean
  /** Significant bits, where the file says so. */
  readonly bitsUsed: number | undefined
  /** Places of the packed pixels, in order. */
  readonly packed: readonly { readonly position: number; readonly length: number }[]
}

export interface ReadPngChunksOptions {
  /**
   * Take indices into a palette and grey of 1, 2 and 4 bits as values too, whatever colours or transparency they stand for.
   * @default false
   */
  indices?: boolean
}

type Header = Pick<PngChunks, 'rows' | 'cols' | 'bits' | 'interlaced'>

const signature = '89504e470d0a1a0a'
const signatureBytes = 8
/** Length, type and CRC of a chunk. */
const frameBytes = 12
const longestShort = 64
const pieceBytes = 2 ** 20
const grey = 0
const palette = 3
const colours: Readonly<Record<number, string>> = {
  2: 'colour',
  3: 'a palette',
  4: 'grey with transparency',
  6: 'colour with transparency'
}
/** Chunks that a decoder must understand begin with a capital letter. */
const critical = ['IHDR', 'PLTE', 'IDAT', 'IEND']
/** What the chunks would make of plain grey pixels; the others only describe them. */
const meanings: Readonly<Record<string, string>> = { tRNS: 'transparency', PLTE: 'a palette' }

/**
 * Go through the chunks of a PNG file, from its header to its end, and check them; the packed pixels are checked when they are read.
 * @throws {FormatError} ERR_FORMAT when one is damaged, cut or unknown, or the pixels are not one value each
 */
export async function readPngChunks(file: FrameFile, options: ReadPngChunksOptions = {}): Promise<PngChunks> {
  const { indices = false } = options
  await assertSignature(file)
  const packed: { position: number; length: number }[] = []
  let header: Header | undefined
  let bitsUsed: number | undefined
  for (let at = signatureBytes; ;) {
    const { type, length } = await readFrame(file, at)
    if (type === 'acTL') refuse(file, at, 'one frame', 'an animation')
    if (!indices && meanings[type] !== undefined) refuse(file, at, 'plain grey pixels', meanings[type])
    if (/^[A-Z]/.test(type) && !critical.includes(type)) refuse(file, at, `chunks ${critical.join(', ')}, or such as only describe`, type)
    if (type === 'IHDR') header = parseHeader(file, at, await readChunk(file, at, length), indices)
    else if (header === undefined) return refuse(file, at, 'the header of the frame (IHDR)', type)
    else if (type === 'sBIT') bitsUsed = (await readChunk(file, at, length))[0]
    else if (type === 'IDAT') packed.push({ position: at + 8, length })
    else await assertChunk(file, at, length)
    if (type === 'IEND' && header) return { ...header, bitsUsed, packed }
    at += frameBytes + length
  }
}

async function assertSignature(file: FrameFile): Promise<void> {
  if (file.size < signatureBytes) throw new FormatError({ file: file.path, expected: 'a PNG file', received: `${file.size} bytes` })
  const bytes = new Uint8Array(signatureBytes)
  await file.read(bytes, 0)
  if (Buffer.from(bytes).toString('hex') !== signature) refuse(file, 0, 'a PNG file', 'other first bytes')
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
  if (length > longestShort) refuse(file, at, 'a short chunk', `${length} bytes`)
  await assertChunk(file, at, length)
  const bytes = new Uint8Array(length)
  await file.read(bytes, at + 8)
  return bytes
}

/** Held to its CRC piece by piece: a text may be as long as the file. */
async function assertChunk(file: FrameFile, at: number, length: number): Promise<void> {
  const end = at + 8 + length
  let crc = 0
  for (let from = at + 4; from < end; from += pieceBytes) {
    const piece = new Uint8Array(Math.min(pieceBytes, end - from))
    await file.read(piece, from)
    crc = crc32(piece, crc)
  }
  const stated = new Uint8Array(4)
  await file.read(stated, end)
  if (crc !== new DataView(stated.buffer).getUint32(0)) refuse(file, at, 'the bytes of its CRC', 'other bytes')
}

function parseHeader(file: FrameFile, at: number, bytes: Uint8Array, indices: boolean): Header {
  if (at !== signatureBytes || bytes.length !== 13) refuse(file, at, 'one header of 13 bytes, first', `${bytes.length} bytes`)
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const cols = view.getUint32(0)
  const rows = view.getUint32(4)
  const [bits, colour, method, filter, interlace] = bytes.subarray(8)
  if (colour !== grey && !(indices && colour === palette)) {
    refuse(file, at + 17, `one grey sample${indices ? ', or one index,' : ''} per pixel`, colours[colour] ?? `colour type ${colour}`)
  }
  const depths = [...(indices ? [1, 2, 4] : []), 8, ...(colour === grey ? [16] : [])]
  if (!depths.includes(bits)) refuse(file, at + 16, `${depths.join(', ')} bits per pixel`, `${bits}`)
  if (method !== 0 || filter !== 0) refuse(file, at + 18, 'compression 0 and filter 0', `${method} and ${filter}`)
  if (interlace > 1) refuse(file, at + 20, 'interlace method 0 or 1', String(interlace))
  // a pixel of less than a byte takes one when it is unpacked
  const bytesPerPixel = Math.max(1, bits / 8)
  if (rows < 1 || cols < 1 || (cols * bytesPerPixel + 1) * rows > LARGEST_UNPACKED) {
    refuse(file, at + 8, `a frame of 1 to ${LARGEST_UNPACKED} bytes`, `${rows} rows x ${cols} columns x ${bytesPerPixel} bytes`)
  }
  return { rows, cols, bits, interlaced: interlace === 1 }
}
