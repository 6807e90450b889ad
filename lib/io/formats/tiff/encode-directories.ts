import type { PageLayout } from './page-layout.js'
import { fieldType, tag } from './tags.js'

/** A page whose pixels are already in the file. */
export type WrittenPage = Pick<PageLayout, 'rows' | 'cols' | 'compression' | 'blockRows' | 'offsets' | 'byteCounts'> & {
  readonly type: 'u16' | 'f32'
  /** What is not ASCII is written as \uXXXX, which JSON reads back. */
  readonly description?: string
  /** In mm, [between rows, between columns]. */
  readonly pixelPitch?: readonly [number, number]
}

/** The parts of a TIFF file around its pixels. */
export interface EncodedDirectories {
  readonly big: boolean
  /** Goes to byte 0; at most 16 bytes. */
  readonly header: Uint8Array
  /** Goes to `position`. */
  readonly directories: Uint8Array
}

interface Field {
  readonly tag: number
  readonly type: number
  readonly values: readonly number[]
}

const RESOLUTION_UNITS = { none: 1, centimetre: 3 } as const
const largestClassic = 2 ** 32 - 1

/**
 * Encode the header and the directories of a little-endian TIFF whose pixels stand before `position`: classic where every
 * byte of the file can be addressed with 32 bits, else BigTIFF.
 * @param position byte offset of the first directory, even
 * @param bigTiff true: BigTIFF also where classic would do
 */
export function encodeDirectories(pages: readonly WrittenPage[], position: number, { bigTiff }: { bigTiff: boolean }): EncodedDirectories {
  const fields = pages.map(fieldsOf)
  const sizes = (big: boolean): number => fields.reduce((sum, list) => sum + directoryBytes(list, big), 0)
  const big = bigTiff || position + sizes(false) > largestClassic
  const directories = new DataView(new ArrayBuffer(sizes(big)))
  let at = 0
  fields.forEach((list, index) => {
    const size = directoryBytes(list, big)
    writeDirectory(directories, at, position, list, big, index === fields.length - 1 ? 0 : position + at + size)
    at += size
  })
  return { big, header: encodeHeader(position, big), directories: new Uint8Array(directories.buffer) }
}

function encodeHeader(position: number, big: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(big ? 16 : 8))
  view.setUint16(0, 0x4949)
  view.setUint16(2, big ? 43 : 42, true)
  if (big) {
    view.setUint16(4, 8, true)
    view.setBigUint64(8, BigInt(position), true)
  } else {
    view.setUint32(4, position, true)
  }
  return new Uint8Array(view.buffer)
}

function fieldsOf(page: WrittenPage): Field[] {
  const { short, long, long8, ascii, rational } = fieldType
  const { description, pixelPitch } = page
  const offsetType = page.offsets[page.offsets.length - 1] > largestClassic ? long8 : long
  return [
    { tag: tag.newSubfileType, type: long, values: [0] },
    { tag: tag.cols, type: long, values: [page.cols] },
    { tag: tag.rows, type: long, values: [page.rows] },
    { tag: tag.bitsPerSample, type: short, values: [page.type === 'u16' ? 16 : 32] },
    { tag: tag.compression, type: short, values: [page.compression] },
    { tag: tag.photometric, type: short, values: [1] },
    ...(description === undefined ? [] : [{ tag: tag.description, type: ascii, values: asciiOf(description) }]),
    { tag: tag.stripOffsets, type: offsetType, values: page.offsets },
    { tag: tag.samplesPerPixel, type: short, values: [1] },
    { tag: tag.rowsPerStrip, type: long, values: [page.blockRows] },
    { tag: tag.stripByteCounts, type: long, values: page.byteCounts },
    { tag: tag.xResolution, type: rational, values: pixelPitch ? perCentimetre(pixelPitch[1]) : [1, 1] },
    { tag: tag.yResolution, type: rational, values: pixelPitch ? perCentimetre(pixelPitch[0]) : [1, 1] },
    { tag: tag.resolutionUnit, type: short, values: [pixelPitch ? RESOLUTION_UNITS.centimetre : RESOLUTION_UNITS.none] },
    { tag: tag.software, type: ascii, values: asciiOf('flatpanel') },
    { tag: tag.sampleFormat, type: short, values: [page.type === 'u16' ? 1 : 3] }
  ]
}

/** Pixels in a centimetre as a rational, for a pitch in mm: exact to 1 nm. */
function perCentimetre(pitch: number): [number, number] {
  return [10_000_000, Math.round(pitch * 1e6)]
}

function asciiOf(text: string): number[] {
  const ascii = text.replace(/\0|[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return [...Buffer.from(ascii, 'latin1'), 0]
}

function valueWidth(type: number): number {
  if (type === fieldType.ascii) return 1
  if (type === fieldType.short) return 2
  return type === fieldType.long8 ? 8 : 4
}

/** Bytes of the values outside the directory itself; 0 where they fit into the field. Even, as offsets must be. */
function outsideBytes({ type, values }: Field, big: boolean): number {
  const bytes = valueWidth(type) * values.length
  return bytes <= (big ? 8 : 4) ? 0 : bytes + (bytes % 2)
}

function directoryBytes(fields: readonly Field[], big: boolean): number {
  const own = big ? 8 + 20 * fields.length + 8 : 2 + 12 * fields.length + 4
  return fields.reduce((sum, field) => sum + outsideBytes(field, big), own)
}

function writeDirectory(view: DataView, start: number, base: number, fields: readonly Field[], big: boolean, next: number): void {
  const word = (at: number, value: number): void => {
    if (big) view.setBigUint64(at, BigInt(value), true)
    else view.setUint32(at, value, true)
  }
  if (big) word(start, fields.length)
  else view.setUint16(start, fields.length, true)
  const step = big ? 20 : 12
  let at = start + (big ? 8 : 2)
  const end = at + step * fields.length
  let outside = end + (big ? 8 : 4)
  for (const field of fields) {
    view.setUint16(at, field.tag, true)
    view.setUint16(at + 2, field.type, true)
    word(at + 4, field.type === fieldType.rational ? 1 : field.values.length)
    const valueAt = at + (big ? 12 : 8)
    const size = outsideBytes(field, big)
    if (size > 0) word(valueAt, base + outside)
    writeValues(view, size > 0 ? outside : valueAt, field)
    outside += size
    at += step
  }
  word(end, next)
}

function writeValues(view: DataView, start: number, { type, values }: Field): void {
  const width = valueWidth(type)
  values.forEach((value, index) => {
    const at = start + index * width
    if (width === 1) view.setUint8(at, value)
    else if (width === 2) view.setUint16(at, value, true)
    else if (width === 4) view.setUint32(at, value, true)
    else view.setBigUint64(at, BigInt(value), true)
  })
}
