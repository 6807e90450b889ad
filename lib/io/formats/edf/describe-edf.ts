import { FormatError } from '../../../errors.js'
import type { FrameInfo } from '../../../frame/frame-info.js'
import type { PixelType } from '../../../frame/pixel-data.js'
import type { FrameFile } from '../frame-file.js'
import type { PixelBlock } from '../pixel-block.js'
import { pixelTypeFacts } from '../pixel-type-facts.js'
import type { EdfHeader } from './read-edf-header.js'

/** One frame: where it stands and what its header says. */
export interface EdfFrame extends PixelBlock {
  readonly info: FrameInfo
  /** Byte behind its block. */
  readonly end: number
}

/** Names of pixel types, also of old writers; `long` is 32 bits wide. */
const types: Readonly<Record<string, PixelType>> = {
  unsignedbyte: 'u8',
  signedbyte: 'i8',
  unsignedshort: 'u16',
  signedshort: 'i16',
  unsignedinteger: 'u32',
  unsignedlong: 'u32',
  signedinteger: 'i32',
  signedlong: 'i32',
  floatvalue: 'f32',
  float: 'f32',
  floatievalue: 'f32',
  real: 'f32',
  doublevalue: 'f64',
  double: 'f64'
}
const byteOrders: Readonly<Record<string, 'little' | 'big'>> = { lowbytefirst: 'little', highbytefirst: 'big' }

/**
 * What a header says of the pixels behind it, checked against the file.
 * @throws {FormatError} ERR_FORMAT
 */
export function describeEdf(file: FrameFile, offset: number, { values, end: position }: EdfHeader): EdfFrame {
  const refuse = (expected: string, received: string): never => {
    throw new FormatError({ file: file.path, offset, expected, received })
  }
  const given = (keyword: string): string | undefined => values.get(keyword.toLowerCase())
  const integer = (keyword: string): number => {
    const text = given(keyword)
    if (text === undefined || !/^\d{1,10}$/.test(text) || Number(text) < 1) return refuse(`${keyword} of at least 1`, text ?? 'none')
    return Number(text)
  }
  const typeName = given('DataType')
  const type = types[typeName?.toLowerCase() ?? '']
  if (type === undefined) return refuse(`DataType ${Object.keys(types).join(', ')}`, typeName ?? 'none')
  const { bytes } = pixelTypeFacts[type]
  const orderName = given('ByteOrder')
  const byteOrder = bytes === 1 ? 'little' : byteOrders[orderName?.toLowerCase() ?? '']
  if (byteOrder === undefined) return refuse('ByteOrder LowByteFirst or HighByteFirst', orderName ?? 'none')
  const packing = given('Compression')
  if (packing !== undefined && !/^(none|uncompressed)$/i.test(packing)) refuse('pixels that are not compressed', packing)
  if (given('Dim_3') !== undefined && given('Dim_3') !== '1') refuse('frames of two dimensions', `Dim_3 = ${given('Dim_3')}`)
  const [cols, rows] = [integer('Dim_1'), integer('Dim_2')]
  const length = rows * cols * bytes
  const block = blockBytes(given('EDF_BinarySize') ?? given('Size'), length, refuse)
  if (position + length > file.size) {
    refuse(
      `${length} bytes of pixels (${rows} rows x ${cols} columns x ${bytes} bytes)`,
      `${file.size - position} up to the end of the file`
    )
  }
  return { rows, cols, type, byteOrder, position, end: position + block, info: infoOf(given) }
}

/** Bytes up to the next block: those of the pixels, or more where the writer filled up. */
function blockBytes(stated: string | undefined, length: number, refuse: (expected: string, received: string) => never): number {
  if (stated === undefined) return length
  const size = Number(stated)
  if (!Number.isSafeInteger(size) || size < length) return refuse(`Size of at least ${length} bytes, which the pixels take`, stated)
  return size
}

function infoOf(given: (keyword: string) => string | undefined): FrameInfo {
  const number = (keyword: string): number | undefined => {
    const value = Number.parseFloat(given(keyword) ?? '')
    return Number.isFinite(value) ? value : undefined
  }
  const seconds = number('ExposureTime') ?? number('acq_expo_time')
  const [cols, rows] = [number('PSize_1'), number('PSize_2')]
  const [binnedCols, binnedRows] = [number('BSize_1'), number('BSize_2')]
  const mode = {
    ...(seconds !== undefined && { integrationTime: seconds * 1000 }),
    ...(binnedCols !== undefined && binnedRows !== undefined && { binning: `${binnedRows}x${binnedCols}` })
  }
  return {
    ...(Object.keys(mode).length > 0 && { mode }),
    ...(cols !== undefined && rows !== undefined && cols > 0 && rows > 0 && { pixelPitch: [rows * 1000, cols * 1000] as const })
  }
}
