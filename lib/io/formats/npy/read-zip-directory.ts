import { FormatError } from '../../../errors.js'
import type { FrameFile } from '../frame-file.js'

/** A member of a ZIP file. */
export interface ZipEntry {
  readonly name: string
  /** 0 stored, 8 deflated. */
  readonly method: number
  readonly crc32: number
  readonly packedBytes: number
  readonly bytes: number
  /** Byte of its local header. */
  readonly position: number
  readonly encrypted: boolean
}

const endMark = 0x06054b50
const end64Mark = 0x06064b50
const entryMark = 0x02014b50
/** Shortest local header, before the bytes of a member. */
const localBytes = 30
const endBytes = 22
/** Largest directory that is looked at: some 10 000 members. */
const largestDirectory = 2 ** 20

/**
 * Read the central directory of a ZIP file, also ZIP64; the file must end with it.
 * @throws {FormatError} ERR_FORMAT when it is damaged, or a member lies outside the file
 * @see PKWARE APPNOTE 6.3, sections 4.3.12 to 4.3.16, 2006
 */
export async function readZipDirectory(file: FrameFile): Promise<ZipEntry[]> {
  const refuse = (offset: number, expected: string, received: string): never => {
    throw new FormatError({ file: file.path, offset, expected, received })
  }
  const endAt = file.size - endBytes
  if (endAt < 0) return refuse(0, 'a ZIP file', `${file.size} bytes`)
  const end = await viewOf(file, endAt, endBytes)
  if (end.getUint32(0, true) !== endMark) refuse(endAt, 'the end of a ZIP directory (no comment behind it)', 'something else')
  const { count, bytes, position } = await readPlace(file, end, endAt)
  if (bytes > largestDirectory || position + bytes > endAt) {
    refuse(endAt, `a directory of at most ${largestDirectory} bytes inside the file`, `${bytes} bytes at byte ${position}`)
  }
  const directory = await viewOf(file, position, bytes)
  const entries: ZipEntry[] = []
  for (let at = 0; at < bytes;) {
    if (at + 46 > bytes || directory.getUint32(at, true) !== entryMark)
      return refuse(position + at, 'a member of the ZIP directory', 'something else')
    const length = 46 + directory.getUint16(at + 28, true) + directory.getUint16(at + 30, true) + directory.getUint16(at + 32, true)
    if (at + length > bytes) return refuse(position + at, 'a whole member of the ZIP directory', 'its end')
    const entry = parseEntry(directory, at)
    if (entry.position + entry.packedBytes > file.size) {
      refuse(position + at, `"${entry.name}" inside the file`, `${entry.packedBytes} bytes from byte ${entry.position} of ${file.size}`)
    }
    entries.push(entry)
    at += length
  }
  if (entries.length !== count) refuse(position, `${count} members in the ZIP directory`, String(entries.length))
  assertApart(file, entries)
  return entries
}

/** Members stand side by side; one that lies inside another unpacks the same bytes again and again. */
function assertApart(file: FrameFile, entries: readonly ZipEntry[]): void {
  const inOrder = [...entries].sort((a, b) => a.position - b.position)
  const overlapping = inOrder.findIndex(
    (entry, i) => i > 0 && inOrder[i - 1].position + localBytes + inOrder[i - 1].packedBytes > entry.position
  )
  if (overlapping < 0) return
  const { name, position } = inOrder[overlapping]
  throw new FormatError({
    file: file.path,
    offset: position,
    expected: `"${name}" behind the member before it`,
    received: 'one inside of it'
  })
}

async function viewOf(file: FrameFile, position: number, length: number): Promise<DataView> {
  const bytes = new Uint8Array(length)
  await file.read(bytes, position)
  return new DataView(bytes.buffer)
}

/** Where the directory is: as the end says, or the ZIP64 end before it where a number does not fit. */
async function readPlace(file: FrameFile, end: DataView, endAt: number): Promise<{ count: number; bytes: number; position: number }> {
  const place = { count: end.getUint16(10, true), bytes: end.getUint32(12, true), position: end.getUint32(16, true) }
  if (place.count !== 0xffff && place.bytes !== 0xffffffff && place.position !== 0xffffffff) return place
  const at = endAt - 20 - 56
  const end64 = at >= 0 ? await viewOf(file, at, 56) : null
  if (end64?.getUint32(0, true) !== end64Mark) {
    throw new FormatError({
      file: file.path,
      offset: Math.max(0, at),
      expected: 'the ZIP64 end of the directory',
      received: 'something else'
    })
  }
  const [count, bytes, position] = [32, 40, 48].map((field) => Number(end64.getBigUint64(field, true)))
  return { count, bytes, position }
}

function parseEntry(view: DataView, at: number): ZipEntry {
  const nameLength = view.getUint16(at + 28, true)
  const extraLength = view.getUint16(at + 30, true)
  const name = Buffer.from(view.buffer, view.byteOffset + at + 46, nameLength).toString('utf8')
  const sizes = [view.getUint32(at + 24, true), view.getUint32(at + 20, true), view.getUint32(at + 42, true)]
  const [bytes, packedBytes, position] = wideSizes(view, at + 46 + nameLength, extraLength, sizes)
  const encrypted = (view.getUint16(at + 8, true) & 1) !== 0
  return { name, method: view.getUint16(at + 10, true), crc32: view.getUint32(at + 16, true), packedBytes, bytes, position, encrypted }
}

/** Sizes that do not fit in 32 bits stand in the ZIP64 extra field, in their order. */
function wideSizes(view: DataView, start: number, length: number, sizes: number[]): number[] {
  for (let at = start; at + 4 <= start + length; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 1) continue
    const end = Math.min(at + 4 + view.getUint16(at + 2, true), start + length)
    let next = at + 4
    return sizes.map((size) => {
      if (size !== 0xffffffff || next + 8 > end) return size
      next += 8
      return Number(view.getBigUint64(next - 8, true))
    })
  }
  return sizes
}
