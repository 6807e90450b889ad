import { FormatError } from '../../../errors.js'
import type { FrameFile } from '../frame-file.js'
import { tag } from './tags.js'
import type { TiffDirectory, TiffEntry, TiffFile } from './tiff-directory.js'

/** More pages than any stack has; a bound on the work that a damaged file can cause. */
const mostDirectories = 100_000
/** Directories of frames have 10 to 40 fields. */
const mostEntries = 4096
const firstRead = 512

const typeBytes: Readonly<Record<number, number>> = {
  1: 1,
  2: 1,
  3: 2,
  4: 4,
  5: 8,
  6: 1,
  7: 1,
  8: 2,
  9: 4,
  10: 8,
  11: 4,
  12: 8,
  13: 4,
  16: 8,
  17: 8,
  18: 8
}
const usedTags: ReadonlySet<number> = new Set(Object.values(tag))

/**
 * Read the header and the chain of directories of a TIFF file, without their out-of-line values.
 * @throws {FormatError} ERR_FORMAT for a chain that leaves the file, loops or does not end
 * @see TIFF Revision 6.0, section 2, 1992; BigTIFF design, 2007
 */
export async function readDirectories(file: FrameFile): Promise<{ tiff: TiffFile; directories: TiffDirectory[] }> {
  const { tiff, first } = await readHeader(file)
  const directories: TiffDirectory[] = []
  const seen = new Set<number>()
  let bytes = 0
  for (let offset = first; offset !== 0;) {
    if (seen.has(offset)) {
      throw new FormatError({
        file: file.path,
        offset,
        expected: 'a chain of directories that ends',
        received: 'a directory met before (a loop)'
      })
    }
    if (directories.length === mostDirectories) {
      throw new FormatError({ file: file.path, offset, expected: `at most ${mostDirectories} directories`, received: 'more' })
    }
    seen.add(offset)
    const { directory, next, size } = await readDirectory(tiff, offset)
    directories.push(directory)
    bytes += size
    // side by side they cannot be longer than the file: a small file would make much work of few bytes
    if (bytes > file.size) {
      throw new FormatError({
        file: file.path,
        offset,
        expected: 'directories that do not overlap',
        received: `${bytes} bytes of them in ${file.size}`
      })
    }
    offset = next
  }
  return { tiff, directories }
}

async function readHeader(file: FrameFile): Promise<{ tiff: TiffFile; first: number }> {
  const head = new Uint8Array(8)
  await file.read(head, 0)
  const littleEndian = head[0] === 0x49
  const view = new DataView(head.buffer)
  const big = view.getUint16(2, littleEndian) === 43
  const tiff = { file, littleEndian, big }
  if (!big) return { tiff, first: assertDirectory(tiff, 4, view.getUint32(4, littleEndian)) }
  const offsetBytes = view.getUint16(4, littleEndian)
  if (offsetBytes !== 8 || view.getUint16(6, littleEndian) !== 0) {
    throw new FormatError({ file: file.path, offset: 4, expected: 'BigTIFF offsets of 8 bytes', received: `${offsetBytes} bytes` })
  }
  await file.read(head, 8)
  return { tiff, first: assertDirectory(tiff, 8, wide(tiff, view, 0, 8)) }
}

function assertDirectory(tiff: TiffFile, at: number, offset: number): number {
  if (offset === 0) throw new FormatError({ file: tiff.file.path, offset: at, expected: 'the offset of a directory', received: '0' })
  return offset
}

async function readDirectory(tiff: TiffFile, offset: number): Promise<{ directory: TiffDirectory; next: number; size: number }> {
  const { file, littleEndian, big } = tiff
  const [countBytes, entryBytes, nextBytes] = big ? [8, 20, 8] : [2, 12, 4]
  let bytes = await readUpTo(file, offset, firstRead, countBytes)
  const count = big ? wide(tiff, bytes, 0, offset) : bytes.getUint16(0, littleEndian)
  if (count < 1 || count > mostEntries) {
    throw new FormatError({ file: file.path, offset, expected: `a directory of 1 to ${mostEntries} fields`, received: String(count) })
  }
  const size = countBytes + count * entryBytes + nextBytes
  if (size > bytes.byteLength) bytes = await readUpTo(file, offset, size, size)
  const entries = new Map<number, TiffEntry>()
  for (let index = 0; index < count; index++) {
    const entry = readEntry(tiff, bytes, countBytes + index * entryBytes, offset)
    if (!entry) continue
    if (entries.has(entry.tag)) {
      throw new FormatError({ file: file.path, offset, expected: `tag ${entry.tag} once in the directory`, received: 'it twice' })
    }
    entries.set(entry.tag, entry)
  }
  const nextAt = countBytes + count * entryBytes
  const next = big ? wide(tiff, bytes, nextAt, offset + nextAt) : bytes.getUint32(nextAt, littleEndian)
  return { directory: { offset, entries, bytes }, next, size }
}

/** Up to `wanted` bytes, fewer where the file ends, but at least `least`. */
async function readUpTo(file: FrameFile, offset: number, wanted: number, least: number): Promise<DataView> {
  const bytes = new Uint8Array(Math.max(least, Math.min(wanted, file.size - offset)))
  await file.read(bytes, offset)
  return new DataView(bytes.buffer)
}

/** A field that we use, or nothing. */
function readEntry(tiff: TiffFile, bytes: DataView, at: number, base: number): TiffEntry | undefined {
  const { file, littleEndian, big } = tiff
  const number = bytes.getUint16(at, littleEndian)
  if (!usedTags.has(number)) return undefined
  const type = bytes.getUint16(at + 2, littleEndian)
  const count = big ? wide(tiff, bytes, at + 4, base + at + 4) : bytes.getUint32(at + 4, littleEndian)
  const valueAt = at + (big ? 12 : 8)
  const width = typeBytes[type]
  if (width === undefined || count < 1) {
    throw new FormatError({
      file: file.path,
      offset: base + at,
      expected: `tag ${number} with values of a known type`,
      received: `type ${type}, count ${count}`
    })
  }
  if (count * width <= (big ? 8 : 4)) return { tag: number, type, count, position: base + valueAt }
  const position = big ? wide(tiff, bytes, valueAt, base + valueAt) : bytes.getUint32(valueAt, littleEndian)
  return { tag: number, type, count, position }
}

/** A 64-bit number of a BigTIFF; none beyond what a double holds exactly can be meant. */
function wide(tiff: TiffFile, view: DataView, at: number, offset: number): number {
  const value = view.getBigUint64(at, tiff.littleEndian)
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new FormatError({ file: tiff.file.path, offset, expected: 'a number below 2^53', received: String(value) })
  }
  return Number(value)
}
