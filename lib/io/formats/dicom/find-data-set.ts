import { promisify } from 'node:util'
import { inflateRaw } from 'node:zlib'
import { FormatError } from '../../../errors.js'
import { bytesFile } from '../bytes-file.js'
import type { FrameFile } from '../frame-file.js'
import { LARGEST_UNPACKED } from '../largest-unpacked.js'
import { hasPreamble, PREAMBLE_BYTES } from './has-preamble.js'
import { isValueRepresentation, readDataSet, readElementHeader } from './read-data-set.js'
import { tags } from './tags.js'
import { explicitLittle, implicitLittle, nameTransferSyntax, transferSyntaxes } from './transfer-syntaxes.js'
import type { TransferSyntax } from './transfer-syntaxes.js'

/** Where a data set begins, and in what. */
export interface DataSetPlace {
  /** The file, or what its data set unpacks to. */
  readonly file: FrameFile
  readonly position: number
  readonly syntax: TransferSyntax
  /** Of the syntax; undefined where the file begins without. */
  readonly uid?: string
}

const unpack = promisify<Uint8Array, { maxOutputLength: number }, Buffer>(inflateRaw)
/** The longest element with which a data set without preamble begins: group length, character set, image type, instance. */
const longestFirst = 256

/** True when a file without preamble begins as one: two elements of group 2 or 8, short and in order. */
export function beginsAsDataSet(head: Uint8Array): boolean {
  const first = firstElement(head, 0)
  if (first === undefined || first.length > longestFirst) return false
  const second = firstElement(head, first.end)
  return second !== undefined && second.tag > first.tag && second.explicit === first.explicit
}

function firstElement(head: Uint8Array, at: number): { tag: number; explicit: boolean; length: number; end: number } | undefined {
  if (at + 8 > head.length) return undefined
  const view = new DataView(head.buffer, head.byteOffset + at)
  const group = view.getUint16(0, true)
  const tag = group * 0x1_0000 + view.getUint16(2, true)
  if (group !== 2 && group !== 8) return undefined
  const explicit = isValueRepresentation(String.fromCharCode(head[at + 4], head[at + 5]))
  const length = explicit ? view.getUint16(6, true) : view.getUint32(4, true)
  return { tag, explicit, length, end: at + 8 + length }
}

/**
 * Find the data set of a DICOM file: behind preamble and meta elements, behind meta elements alone, or at the first byte. A deflated
 * one is unpacked, to 1 GiB at most.
 * @throws {FormatError} ERR_FORMAT
 * @see DICOM PS3.10, part 7, 2024
 */
export async function findDataSet(file: FrameFile): Promise<DataSetPlace> {
  const head = new Uint8Array(Math.min(4096, file.size))
  await file.read(head, 0)
  const start = hasPreamble(head) ? PREAMBLE_BYTES + 4 : 0
  if (start === 0 && !beginsAsDataSet(head)) {
    throw new FormatError({ file: file.path, offset: 0, expected: 'DICM at byte 128, or elements of group 2 or 8', received: 'neither' })
  }
  if (start === 0 && head[0] === 8) return { file, position: 0, syntax: firstElement(head, 0)?.explicit ? explicitLittle : implicitLittle }
  const { uid, position } = await readMeta(file, start)
  const syntax = Object.hasOwn(transferSyntaxes, uid) ? transferSyntaxes[uid] : undefined
  if (syntax === undefined) {
    const expected = `a transfer syntax that is read: ${Object.values(transferSyntaxes)
      .filter(({ packing }) => packing !== 'codec')
      .map(({ name }) => name)
      .join(', ')}`
    throw new FormatError({ file: file.path, expected, received: nameTransferSyntax(uid) })
  }
  if (syntax.packing !== 'deflated') return { file, position, syntax, uid }
  return { file: await inflate(file, position), position: 0, syntax, uid }
}

async function readMeta(file: FrameFile, start: number): Promise<{ uid: string; position: number }> {
  const end = await readMetaEnd(file, start)
  const { elements, position, stopped } = await readDataSet(file, explicitLittle, start, end ?? file.size, (tag) => tag >= 0x0003_0000)
  if (stopped && end !== undefined) {
    throw new FormatError({
      file: file.path,
      offset: position,
      expected: `meta elements up to byte ${end}`,
      received: 'an element of the data set'
    })
  }
  const uid = elements.get(tags.transferSyntax)
  if (!uid) throw new FormatError({ file: file.path, offset: start, expected: 'a transfer syntax (0002,0010)', received: 'none' })
  return { uid: String.fromCharCode(...uid.bytes.subarray(0, 64)).replace(/[\0 ]+$/, ''), position }
}

/** Where the meta elements end, where they say so: they must, and some writers leave it out. */
async function readMetaEnd(file: FrameFile, start: number): Promise<number | undefined> {
  const { tag, length, position } = await readElementHeader(file, explicitLittle, start)
  if (tag !== tags.metaLength || length !== 4) return undefined
  const bytes = new Uint8Array(4)
  await file.read(bytes, position)
  const end = position + 4 + new DataView(bytes.buffer).getUint32(0, true)
  if (end > file.size) {
    const received = `their end at byte ${end} of ${file.size}`
    throw new FormatError({ file: file.path, offset: position, expected: 'meta elements in the file', received })
  }
  return end
}

async function inflate(file: FrameFile, position: number): Promise<FrameFile> {
  const length = file.size - position
  const expected = `a deflated data set that unpacks to at most ${LARGEST_UNPACKED} bytes`
  if (length > LARGEST_UNPACKED) throw new FormatError({ file: file.path, offset: position, expected, received: `${length} packed ones` })
  const packed = new Uint8Array(length)
  await file.read(packed, position)
  const bytes = await unpack(packed, { maxOutputLength: LARGEST_UNPACKED }).catch((cause: Error) => {
    throw new FormatError({ file: file.path, offset: position, expected, received: cause.message, cause })
  })
  return bytesFile(file.path, bytes)
}
