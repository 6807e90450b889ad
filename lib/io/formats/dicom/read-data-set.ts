import { FormatError } from '../../../errors.js'
import type { FrameFile } from '../frame-file.js'
import { nameTag } from './name-tag.js'
import { tags } from './tags.js'
import type { TransferSyntax } from './transfer-syntaxes.js'

/** An element whose value is of use: its bytes, or the first item of its sequence. */
export interface DataElement {
  /** Two letters; empty where the encoding leaves them out. */
  readonly vr: string
  /** Byte of the value. */
  readonly position: number
  readonly bytes: Uint8Array
  readonly item?: DataSet
}

/** By tag. */
export type DataSet = ReadonlyMap<number, DataElement>

/** Where a data set ended. */
export interface DataSetEnd {
  readonly elements: DataSet
  /** True when reading stopped at an element, false at the end. */
  readonly stopped: boolean
  /** Byte behind what was read. */
  readonly position: number
}

/** Length of what goes on up to a delimiter. */
export const undefinedLength = 0xffff_ffff
/** Sequences in sequences; no definition of a file comes near it. */
const deepest = 16
/** More than any file of frames holds beside its pixels. */
const mostElements = 2 ** 18
/** Longest value that is kept; those of use are short. */
const longestValue = 16_384
const windowBytes = 16_384
/** Bytes before a value: tag, letters, length. */
const longestHeader = 12

const shortValues = new Set('AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US'.split(' '))
const longValues = new Set('OB OD OF OL OV OW SQ SV UC UN UR UT UV'.split(' '))
const kept: ReadonlySet<number> = new Set<number>(Object.values(tags))

/** True for the two letters of a value representation. */
export function isValueRepresentation(vr: string): boolean {
  return shortValues.has(vr) || longValues.has(vr)
}

/**
 * Go through the elements of a data set and keep those that say something of frames. Lengths are held against the file before
 * anything is read; sequences are entered only where they must be, 16 deep at most; of those kept, the first item is.
 * @param stopAt true for the tag of the element at which to stop, in the outermost data set
 * @throws {FormatError} ERR_FORMAT
 * @see DICOM PS3.5, part 7, 2024
 */
export async function readDataSet(
  file: FrameFile,
  syntax: TransferSyntax,
  position: number,
  end: number,
  stopAt: (tag: number) => boolean
): Promise<DataSetEnd> {
  const walk = createWalk(file, stopAt)
  return readElements(walk, syntax, { position, end, limit: end }, 0)
}

/**
 * Read what stands before the value of one element: its tag, encoding, place and length, unchecked.
 * @throws {FormatError} ERR_FORMAT
 */
export async function readElementHeader(file: FrameFile, syntax: TransferSyntax, position: number): Promise<ElementHeader> {
  const walk = createWalk(file, () => false)
  await look(walk, position, longestHeader)
  return parseHeader(walk, syntax, position, file.size)
}

/** What stands before the value of an element. */
export interface ElementHeader {
  readonly tag: number
  readonly vr: string
  /** Of the value. */
  readonly position: number
  readonly length: number
}

interface Walk {
  readonly file: FrameFile
  /** Bytes of the file from `start`. */
  window: DataView
  start: number
  elements: number
  readonly stopAt: (tag: number) => boolean
}

interface Span {
  readonly position: number
  /** undefined: up to a delimiter. */
  readonly end: number | undefined
  /** Nothing inside goes beyond. */
  readonly limit: number
}

function createWalk(file: FrameFile, stopAt: Walk['stopAt']): Walk {
  return { file, window: new DataView(new ArrayBuffer(0)), start: 0, elements: 0, stopAt }
}

/** True when the window holds these bytes, or all up to the end of the file. */
function holds({ file, window, start }: Walk, position: number, length: number): boolean {
  return position >= start && Math.min(position + length, file.size) <= start + window.byteLength
}

async function look(walk: Walk, position: number, length: number): Promise<void> {
  const bytes = new Uint8Array(Math.max(0, Math.min(Math.max(length, windowBytes), walk.file.size - position)))
  await walk.file.read(bytes, position)
  walk.window = new DataView(bytes.buffer)
  walk.start = position
}

function refuse(walk: Walk, offset: number, expected: string, received: string): never {
  throw new FormatError({ file: walk.file.path, offset, expected, received })
}

async function readElements(walk: Walk, syntax: TransferSyntax, { position: start, end, limit }: Span, depth: number): Promise<DataSetEnd> {
  const elements = new Map<number, DataElement>()
  let position = start
  while (position !== end) {
    // nothing is awaited without need: elements are many
    if (!holds(walk, position, longestHeader)) await look(walk, position, longestHeader)
    // before the letters are looked at: what stands behind meta elements has another encoding
    if (depth === 0 && walk.stopAt(parseTag(walk, syntax, position, limit))) return { elements, stopped: true, position }
    const header = parseHeader(walk, syntax, position, limit)
    const { tag, length } = header
    if (tag === tags.itemEnd && end === undefined) return { elements, stopped: false, position: header.position }
    if (tag >= tags.item) refuse(walk, position, 'an element of the data set', nameTag(tag))
    if (elements.has(tag)) refuse(walk, position, 'every element once', `${nameTag(tag)} again`)
    if (length !== undefinedLength && header.position + length > limit) {
      refuse(
        walk,
        header.position,
        `${length} bytes of ${nameTag(tag)}`,
        `${limit - header.position} up to the end of what holds it (byte ${limit})`
      )
    }
    if (length !== undefinedLength && !isKept(tag)) {
      position = header.position + length
    } else {
      const { element, next } = await readElement(walk, syntax, header, limit, depth)
      if (element) elements.set(tag, element)
      position = next
    }
  }
  return { elements, stopped: false, position }
}

function parseTag(walk: Walk, { byteOrder }: TransferSyntax, position: number, limit: number): number {
  assertWithin(walk, position, 4, limit, 'a tag')
  const little = byteOrder === 'little'
  const at = position - walk.start
  return walk.window.getUint16(at, little) * 0x1_0000 + walk.window.getUint16(at + 2, little)
}

/** The window must hold it. */
function parseHeader(walk: Walk, syntax: TransferSyntax, position: number, limit: number): ElementHeader {
  if (++walk.elements > mostElements) refuse(walk, position, `at most ${mostElements} elements before the pixels`, 'more')
  const tag = parseTag(walk, syntax, position, limit)
  assertWithin(walk, position, 8, limit, 'an element')
  const little = syntax.byteOrder === 'little'
  const at = position - walk.start
  // items and their delimiters have no letters in any encoding
  if (!syntax.explicit || tag >= tags.item) return { tag, vr: '', position: position + 8, length: walk.window.getUint32(at + 4, little) }
  const vr = String.fromCharCode(walk.window.getUint8(at + 4), walk.window.getUint8(at + 5))
  if (shortValues.has(vr)) return { tag, vr, position: position + 8, length: walk.window.getUint16(at + 6, little) }
  if (!longValues.has(vr)) refuse(walk, position + 4, `the value representation of ${nameTag(tag)}`, JSON.stringify(vr))
  assertWithin(walk, position + 8, 4, limit, `the length of ${nameTag(tag)}`)
  return { tag, vr, position: position + 12, length: walk.window.getUint32(at + 8, little) }
}

function assertWithin(walk: Walk, position: number, length: number, limit: number, what: string): void {
  if (position + length > limit) refuse(walk, position, `${what} (${length} bytes)`, `${Math.max(0, limit - position)} bytes up to its end`)
}

interface ReadElement {
  readonly element?: DataElement
  readonly next: number
}

async function readElement(walk: Walk, syntax: TransferSyntax, header: ElementHeader, limit: number, depth: number): Promise<ReadElement> {
  const { tag, vr, position, length } = header
  const open = length === undefinedLength
  if (open && vr !== '' && vr !== 'SQ' && vr !== 'UN') refuse(walk, position, `a length of ${nameTag(tag)}, ${vr}`, 'none')
  const wanted = isKept(tag)
  if (open || (wanted && (vr === 'SQ' || tag === tags.exposureSequence))) {
    // what a writer did not know stays as it was before explicit encodings: implicit, little endian
    const inner = vr === 'UN' ? { ...syntax, explicit: false, byteOrder: 'little' as const } : syntax
    const { item, next } = await readSequence(walk, inner, spanOf(position, length, limit), depth + 1)
    return { next, ...(wanted && { element: { vr, position, bytes: new Uint8Array(0), item } }) }
  }
  if (length > longestValue) refuse(walk, position, `at most ${longestValue} bytes of ${nameTag(tag)}`, `${length}`)
  if (!holds(walk, position, length)) await look(walk, position, length)
  const at = position - walk.start
  return { next: position + length, element: { vr, position, bytes: new Uint8Array(walk.window.buffer.slice(at, at + length)) } }
}

function isKept(tag: number): boolean {
  return kept.has(tag) || (tag >= 0x6000_0000 && tag <= 0x60ff_ffff && tag % 0x1_0000 === tags.overlayBitPosition % 0x1_0000)
}

function spanOf(position: number, length: number, limit: number): Span {
  return length === undefinedLength ? { position, end: undefined, limit } : { position, end: position + length, limit: position + length }
}

interface ReadSequence {
  /** The first. */
  readonly item?: DataSet
  readonly next: number
}

async function readSequence(walk: Walk, syntax: TransferSyntax, span: Span, depth: number): Promise<ReadSequence> {
  const { position: start, end, limit } = span
  if (depth > deepest) refuse(walk, start, `sequences at most ${deepest} deep`, 'deeper ones')
  let position = start
  let item: DataSet | undefined
  while (position !== end) {
    if (!holds(walk, position, longestHeader)) await look(walk, position, longestHeader)
    const { tag, position: inside, length } = parseHeader(walk, syntax, position, limit)
    if (tag === tags.sequenceEnd && end === undefined) return { item, next: inside }
    if (tag !== tags.item) refuse(walk, position, 'an item of a sequence', nameTag(tag))
    const open = length === undefinedLength
    if (!open && inside + length > limit) refuse(walk, inside, `${length} bytes of an item`, `${limit - inside} up to byte ${limit}`)
    if (!open && item) {
      position = inside + length
      continue
    }
    const read = await readElements(walk, syntax, spanOf(inside, length, limit), depth)
    item ??= read.elements
    position = read.position
  }
  return { item, next: position }
}
