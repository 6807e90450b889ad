import { promisify } from 'node:util'
import { crc32, inflateRaw } from 'node:zlib'
import { FormatError } from '../../../errors.js'
import { bytesFile } from '../bytes-file.js'
import type { FrameFile } from '../frame-file.js'
import type { FrameReader } from '../frame-format.js'
import { LARGEST_DEFLATE_RATIO } from '../largest-deflate-ratio.js'
import { LARGEST_UNPACKED } from '../largest-unpacked.js'
import { readNpy } from './read-npy.js'
import { readZipDirectory } from './read-zip-directory.js'
import type { ZipEntry } from './read-zip-directory.js'

/** Of the arrays that could be meant, so many are named. */
const mostNamed = 12
const localMark = 0x04034b50
const localBytes = 30
const stored = 0
const deflated = 8
const inflate = promisify<Uint8Array, { maxOutputLength: number }, Buffer>(inflateRaw)

/**
 * Open the one array of an NPZ file that is frames, or the one that is asked for.
 * @param inside name of the array, with or without `.npy`
 * @throws {FormatError} ERR_FORMAT when there is no such array, more than one, or the file is damaged
 */
export async function openNpz(file: FrameFile, inside: string | undefined): Promise<FrameReader> {
  const entries = (await readZipDirectory(file)).filter(({ name }) => name.endsWith('.npy'))
  const wanted = entries.filter(({ name }) => inside === undefined || name === inside || name === `${inside}.npy`)
  let first: FrameReader | undefined
  const named: string[] = []
  let doubtful = false
  let reason: FormatError | undefined
  for (const entry of wanted) {
    const array = await unpackEntry(file, entry)
    const extents = extentsOf(array)
    try {
      const reader = await readNpy(array)
      first ??= reader
      named.push(entry.name.replace(/\.npy$/, ''))
      // a line is more often a list of angles
      doubtful ||= extents.slice(-2).some((extent) => extent === 1)
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      reason ??= error
      // it could hold the frames, in a way that is not read
      doubtful ||= extents.filter((extent) => extent > 1).length > 1
    }
    if (named.length === mostNamed) break
  }
  if (first && named.length === 1 && (inside !== undefined || wanted.length === 1 || !doubtful)) return first
  if (!first && reason) throw reason
  throw new FormatError({
    file: file.path,
    expected: inside === undefined ? 'one array of frames; say which as file.npz::name' : `one array named ${inside}`,
    received: named.length > 0 ? `arrays ${named.join(', ')}` : wordsOf(entries)
  })
}

function wordsOf(entries: readonly ZipEntry[]): string {
  if (entries.length === 0) return 'no array'
  const more = entries.length > mostNamed ? ` and ${entries.length - mostNamed} more` : ''
  return `arrays ${entries
    .slice(0, mostNamed)
    .map(({ name }) => name.replace(/\.npy$/, ''))
    .join(', ')}${more}`
}

/** What the header says of the axes, also of an array that cannot be read. */
function extentsOf({ bytes }: FrameFile): number[] {
  const head = Buffer.from(bytes!.subarray(0, 1024)).toString('latin1')
  return (/'shape': *\(([^)]*)\)/.exec(head)?.[1] ?? '')
    .split(',')
    .filter((word) => word.trim() !== '')
    .map((word) => Number.parseInt(word, 10))
}

async function unpackEntry(file: FrameFile, entry: ZipEntry): Promise<FrameFile> {
  const { name, method, bytes, packedBytes, position } = entry
  const refuse = (expected: string, received: string, cause?: unknown): never => {
    throw new FormatError({ file: file.path, offset: position, expected: `${name}: ${expected}`, received, cause })
  }
  if (entry.encrypted) refuse('an array that is not encrypted', 'an encrypted one')
  if (method !== stored && method !== deflated) refuse('a stored or deflated array', `ZIP method ${method}`)
  if (bytes > LARGEST_UNPACKED || (method === stored ? bytes !== packedBytes : bytes > packedBytes * LARGEST_DEFLATE_RATIO)) {
    refuse('a size that its packed bytes can have', `${bytes} bytes from ${packedBytes}`)
  }
  const start = await startOf(file, entry)
  if (start + packedBytes > file.size) refuse(`${packedBytes} bytes from byte ${start}`, `a file of ${file.size} bytes`)
  const packed = new Uint8Array(packedBytes)
  await file.read(packed, start)
  const unpack = (): Promise<Uint8Array> =>
    inflate(packed, { maxOutputLength: Math.max(bytes, 1) }).catch((cause: Error) => refuse('deflate data', cause.message, cause))
  const whole = method === stored ? packed : await unpack()
  if (whole.length !== bytes) refuse(`${bytes} bytes`, String(whole.length))
  if (crc32(whole) !== entry.crc32) refuse('the bytes of its checksum', 'other bytes')
  return bytesFile(`${file.path}::${name}`, whole)
}

/** The local header repeats the name and has extra fields of its own length. */
async function startOf(file: FrameFile, { name, position }: ZipEntry): Promise<number> {
  const bytes = new Uint8Array(localBytes)
  await file.read(bytes, position)
  const local = new DataView(bytes.buffer)
  if (local.getUint32(0, true) !== localMark) {
    throw new FormatError({ file: file.path, offset: position, expected: `the local header of ${name}`, received: 'something else' })
  }
  return position + localBytes + local.getUint16(26, true) + local.getUint16(28, true)
}
