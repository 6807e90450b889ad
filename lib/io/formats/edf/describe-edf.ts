import { FormatError } from '../../../errors.js'
import type { FrameInfo } from '../../../frame/frame-info.js'
import { assertFrameCount } from '../assert-frame-count.js'
import type { FrameFile } from '../frame-file.js'
import { LARGEST_DEFLATE_RATIO } from '../largest-deflate-ratio.js'
import { LARGEST_UNPACKED } from '../largest-unpacked.js'
import type { PixelBlock } from '../pixel-block.js'
import { pixelTypeFacts } from '../pixel-type-facts.js'
import type { StoredType } from '../stored-type.js'
import { isWider, widerTypes } from '../stored-type.js'
import type { EdfHeader } from './read-edf-header.js'

/** One frame: where it stands and what its header says. */
export interface EdfFrame extends Omit<PixelBlock, 'type'> {
  readonly type: StoredType
  readonly info: FrameInfo
  /** Bytes of its gzip or zlib data, where it is packed. */
  readonly packedBytes?: number
}

/** The frames behind a header. */
export interface EdfBlock {
  /** None behind a general block, which only says what holds for all that follow. */
  readonly frames: readonly EdfFrame[]
  readonly frameBytes: number
  /** Bytes of all its frames in this file. */
  readonly used: number
  /** Byte behind its block. */
  readonly end: number
}

/** Names of pixel types, also of other writers; `long` is 32 bits wide. */
const types: ReadonlyMap<string, StoredType> = new Map(
  Object.entries({
    u8: ['unsignedbyte', 'unsigned8'],
    i8: ['signedbyte', 'signed8'],
    u16: ['unsignedshort', 'unsigned16'],
    i16: ['signedshort', 'signed16'],
    u32: ['unsignedinteger', 'unsignedlong', 'unsigned32'],
    i32: ['signedinteger', 'signedlong', 'signed32'],
    u64: ['unsigned64'],
    i64: ['signed64'],
    f32: ['floatvalue', 'float', 'floatievalue', 'real', 'float32', 'floatieee32'],
    f64: ['doublevalue', 'double', 'float64', 'floatieee64', 'doubleieee64']
  }).flatMap(([type, names]) => names.map((name): [string, StoredType] => [name, type as StoredType]))
)
const byteOrders: ReadonlyMap<string, 'little' | 'big'> = new Map([
  ['lowbytefirst', 'little'],
  ['highbytefirst', 'big']
])
/** Keywords of one block, which a general block does not give to the others. */
const ofOneBlock = /^edf_|^size$/

/**
 * What a header says of the pixels behind it, checked against the file.
 * @param source the file that holds the pixels: another where the header names it
 * @param general what a general block before it says
 * @throws {FormatError} ERR_FORMAT
 */
export function describeEdf(file: FrameFile, source: FrameFile, header: EdfHeader, general: ReadonlyMap<string, string>): EdfBlock {
  const { values, start: offset, end: headerEnd } = header
  const refuse = (expected: string, received: string): never => {
    throw new FormatError({ file: file.path, offset, expected, received })
  }
  const given = (keyword: string): string | undefined => {
    const key = keyword.toLowerCase()
    return values.get(key) ?? (ofOneBlock.test(key) ? undefined : general.get(key))
  }
  const integer = (keyword: string, least: number): number => {
    const text = given(keyword)
    if (text === undefined || !/^\d{1,15}$/.test(text) || Number(text) < least)
      return refuse(`${keyword} of at least ${least}`, text ?? 'none')
    return Number(text)
  }
  const stated = given('EDF_BinarySize') === undefined ? 'Size' : 'EDF_BinarySize'
  if (isGeneral(values))
    return { frames: [], frameBytes: 0, used: 0, end: headerEnd + (given(stated) === undefined ? 0 : integer(stated, 0)) }
  const typeName = given('DataType')
  const type = types.get(typeName?.toLowerCase() ?? '')
  if (type === undefined) return refuse(`DataType ${[...types.keys()].join(', ')}`, typeName ?? 'none')
  const { bytes } = isWider(type) ? widerTypes[type] : pixelTypeFacts[type]
  const orderName = given('ByteOrder')
  const byteOrder = bytes === 1 ? 'little' : byteOrders.get(orderName?.toLowerCase() ?? '')
  if (byteOrder === undefined) return refuse('ByteOrder LowByteFirst or HighByteFirst', orderName ?? 'none')
  const packing = given('Compression')
  const packed = packing !== undefined && !/^(none|uncompressed)$/i.test(packing)
  if (packed && !/^(gzip|z)(compression)?$/i.test(packing)) refuse('pixels that are not compressed, or by gzip or zlib', packing)
  if (given('Dim_3') !== undefined && given('Dim_3') !== '1') refuse('frames of two dimensions', `Dim_3 = ${given('Dim_3')}`)
  const [cols, rows] = [integer('Dim_1', 1), integer('Dim_2', 1)]
  const count = given('Num_Images') === undefined ? 1 : integer('Num_Images', 1)
  assertFrameCount(file.path, count, offset)
  const frameBytes = rows * cols * bytes
  if (packed && count > 1) refuse('one frame in a compressed block', `Num_Images = ${count}`)
  const length = packed ? integer(stated, 1) : count * frameBytes
  const position = source === file ? headerEnd : given('EDF_BinaryFilePosition') === undefined ? 0 : integer('EDF_BinaryFilePosition', 0)
  if (position + length > source.size) {
    refuse(
      packed
        ? `${length} bytes of compressed pixels`
        : `${length} bytes of pixels (${count === 1 ? '' : `${count} frames x `}${rows} rows x ${cols} columns x ${bytes} bytes)`,
      `${Math.max(0, source.size - position)} up to the end of the file`
    )
  }
  if (length * LARGEST_DEFLATE_RATIO < frameBytes) refuse(`compressed pixels of ${frameBytes} bytes`, `${length} bytes, too few for them`)
  if (packed && frameBytes > LARGEST_UNPACKED) refuse(`compressed pixels of at most ${LARGEST_UNPACKED} bytes`, `${frameBytes} bytes`)
  const info = infoOf(given)
  const one = { rows, cols, type, byteOrder, info, ...(packed && { packedBytes: length }) }
  const frames = Array.from({ length: count }, (_, k) => ({ ...one, position: position + k * frameBytes }))
  if (source !== file) return { frames, frameBytes, used: 0, end: headerEnd }
  const block = given(stated) === undefined ? length : integer(stated, 0)
  // some writers state the size of one frame where there are more
  if (block < length && block !== frameBytes) refuse(`${stated} of at least ${length} bytes, which the pixels take`, String(block))
  return { frames, frameBytes, used: length, end: headerEnd + Math.max(block, length) }
}

/** It says in which version the file is written, and nothing of pixels. */
function isGeneral(values: ReadonlyMap<string, string>): boolean {
  const describes = ['datatype', 'dim_1', 'dim_2', 'edf_binaryfilename'].some((keyword) => values.has(keyword))
  return !describes && (values.has('edf_dataformatversion') || values.has('edf_datablocks'))
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
