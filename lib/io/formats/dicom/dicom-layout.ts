import { FormatError } from '../../../errors.js'
import type { PixelType } from '../../../frame/pixel-data.js'
import { elementValues } from './element-values.js'
import type { DataSet, ElementHeader } from './read-data-set.js'
import { tags } from './tags.js'
import type { TransferSyntax } from './transfer-syntaxes.js'

/** What the data set says of its frames, one with the other. */
export interface DicomLayout {
  readonly rows: number
  readonly cols: number
  readonly frames: number
  readonly type: PixelType
  /** Bytes per pixel. */
  readonly width: number
  /** Bits that belong to a pixel, from the lowest. */
  readonly bitsStored: number
  readonly minIsWhite: boolean
  /** True where the file says that overlays stand in the bits above. */
  readonly overlays: boolean
}

const types: Readonly<Record<string, PixelType>> = { '8 0': 'u8', '16 0': 'u16', '32 0': 'u32', '8 1': 'i8', '16 1': 'i16', '32 1': 'i32' }

/**
 * Parse and check what a data set says of its pixels.
 * @param pixels the element that holds them
 * @throws {FormatError} ERR_FORMAT when something is missing, disagrees, or is no grey frame
 * @see DICOM PS3.3, C.7.6.3 Image Pixel Module, 2024
 */
export function dicomLayout(path: string, elements: DataSet, syntax: TransferSyntax, pixels: ElementHeader): DicomLayout {
  const refuse = (tag: number, expected: string, received: string): never => {
    throw new FormatError({ file: path, offset: elements.get(tag)?.position ?? null, expected, received })
  }
  const values = elementValues(elements, syntax.byteOrder)
  const short = (tag: number, what: string): number => values.short(tag) ?? refuse(tag, what, received(elements, tag))
  const samples = short(tags.samplesPerPixel, 'samples per pixel (0028,0002)')
  if (samples !== 1) refuse(tags.samplesPerPixel, 'one sample per pixel', String(samples))
  const photometric = values.text(tags.photometricInterpretation)
  if (photometric !== 'MONOCHROME1' && photometric !== 'MONOCHROME2') {
    refuse(
      tags.photometricInterpretation,
      'pixels of MONOCHROME1 or MONOCHROME2',
      photometric ?? 'no photometric interpretation (0028,0004)'
    )
  }
  const rows = short(tags.rows, 'rows (0028,0010)')
  const cols = short(tags.columns, 'columns (0028,0011)')
  if (rows < 1 || cols < 1) refuse(tags.rows, 'a frame of at least one pixel', `${rows} rows x ${cols} columns`)
  const frames = values.decimal(tags.numberOfFrames) ?? 1
  const unreadable = elements.has(tags.numberOfFrames) && values.decimal(tags.numberOfFrames) === undefined
  if (!Number.isSafeInteger(frames) || frames < 1 || unreadable) {
    refuse(tags.numberOfFrames, 'a number of frames from 1', values.texts(tags.numberOfFrames).join('\\') || 'no number')
  }
  const allocated = short(tags.bitsAllocated, 'bits allocated (0028,0100)')
  const overlays = [...elements.keys()].some((tag) => tag >= tags.overlayBitPosition && tag <= 0x60ff_ffff && (values.short(tag) ?? 0) > 0)
  const facts = { rows, cols, frames, minIsWhite: photometric === 'MONOCHROME1', overlays }
  if (pixels.tag !== tags.pixels) return { ...facts, ...floatPixels(pixels.tag, allocated, refuse) }
  const stored = short(tags.bitsStored, 'bits stored (0028,0101)')
  const highBit = short(tags.highBit, 'the high bit (0028,0102)')
  const representation = short(tags.pixelRepresentation, 'a pixel representation (0028,0103)')
  const type = types[`${allocated} ${representation}`]
  if (type === undefined) {
    refuse(
      tags.bitsAllocated,
      'pixels of 8, 16 or 32 bits, with sign (1) or without (0)',
      `${allocated} bits, representation ${representation}`
    )
  }
  if (stored < 1 || stored > allocated) refuse(tags.bitsStored, `1 to ${allocated} bits stored`, String(stored))
  if (highBit !== stored - 1) refuse(tags.highBit, `the lowest ${stored} bits used (high bit ${stored - 1})`, `high bit ${highBit}`)
  return { ...facts, type, width: allocated / 8, bitsStored: stored }
}

function received(elements: DataSet, tag: number): string {
  const element = elements.get(tag)
  return element ? `${element.bytes.length} bytes` : 'none'
}

function floatPixels(
  tag: number,
  allocated: number,
  refuse: (tag: number, expected: string, received: string) => never
): Pick<DicomLayout, 'type' | 'width' | 'bitsStored'> {
  const bits = tag === tags.floatPixels ? 32 : 64
  if (allocated !== bits) refuse(tags.bitsAllocated, `${bits} bits allocated to float pixels`, String(allocated))
  return { type: bits === 32 ? 'f32' : 'f64', width: bits / 8, bitsStored: bits }
}
