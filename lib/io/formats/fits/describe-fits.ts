import { FormatError } from '../../../errors.js'
import type { FrameInfo } from '../../../frame/frame-info.js'
import type { PixelData, PixelType } from '../../../frame/pixel-data.js'
import type { FrameFile } from '../frame-file.js'
import type { FitsValue } from './read-cards.js'

/** An array of frames in a file. */
export interface FitsStack {
  readonly rows: number
  readonly cols: number
  readonly frames: number
  /** As the bytes stand. */
  readonly type: PixelType
  readonly frameBytes: number
  /** Byte of the first pixel. */
  readonly position: number
  readonly info: FrameInfo
  /** The values that are meant: unsigned integers stand as signed ones with an offset. In place. */
  toStored(data: PixelData): PixelData
}

/** What stands behind a header: bytes without the filling of the last block. */
interface FitsArray {
  readonly bytes: number
  readonly stack: FitsStack | undefined
}

type Values = ReadonlyMap<string, FitsValue>

const types: Readonly<Record<number, PixelType>> = { 8: 'u8', 16: 'i16', 32: 'i32', [-32]: 'f32', [-64]: 'f64' }
/** BZERO by which integers of the other sign are stored. */
const signOffsets: Readonly<Record<number, number>> = { 8: -128, 16: 2 ** 15, 32: 2 ** 31 }
/** Most values along an axis, and most axes: beyond, the header lies. */
const largestAxis = 2 ** 31
const mostAxes = 999

/**
 * Names of arrays that say something about frames and are none: CCDData of astropy (UNCERT, MASK, PSFIMAGE), Hubble and Webb (ERR, DQ,
 * VAR_..., WHT, CON, AREA), mosaics and surveys (BPM, OBM, WEIGHT, IVAR, SIGMA, FLAGS).
 */
const besideFrames =
  /^(UNCERT(AINTY)?|MASK|PSFIMAGE|ERR(OR)?|DQ|(DATA ?)?QUALITY|I?VAR(IANCE)?(_.*)?|WHT|WEIGHTS?|CON|CTX|AREA|BPM|OBM|SIGMA|STDDEV|FLAGS?|NOISE)$/i

/** @see FITS keywords HDUCLASn of OGIP and ESO, ESO Data Interface Control, 2011 */
function isBesideFrames(values: Values): boolean {
  const [name, kind] = [values.get('EXTNAME'), values.get('HDUCLAS2')]
  return (
    (typeof name === 'string' && besideFrames.test(name.trim())) || (typeof kind === 'string' && /^(ERROR|QUALITY)$/i.test(kind.trim()))
  )
}

/**
 * What a header says of the array behind it.
 * @returns its bytes, and the stack; undefined where it is no array of frames
 * @throws {FormatError} ERR_FORMAT when it cannot be, or is stored in a way that is not read
 */
export function describeFits(file: FrameFile, offset: number, values: Values, position: number): FitsArray {
  const refuse = (expected: string, received: string): never => {
    throw new FormatError({ file: file.path, offset, expected, received })
  }
  const integer = (keyword: string, least: number, most: number, absent?: number): number => {
    const value = values.get(keyword) ?? absent
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
    return refuse(`${keyword} from ${least} to ${most}`, String(value ?? 'none'))
  }
  const bits = integer('BITPIX', -64, 64)
  if (bits !== 64 && !(bits in types)) refuse('BITPIX 8, 16, 32, -32 or -64', String(bits))
  const axes = Array.from({ length: integer('NAXIS', 0, mostAxes) }, (_, axis) => integer(`NAXIS${axis + 1}`, 0, largestAxis))
  const elements = axes.length === 0 ? 0 : axes.reduce((product, size) => product * size, 1)
  const groups = integer('GCOUNT', 1, largestAxis, 1)
  const bytes = (Math.abs(bits) / 8) * groups * (integer('PCOUNT', 0, largestAxis, 0) + elements)
  if (!Number.isSafeInteger(bytes)) refuse('an array that can be', `${axes.join(' x ')} values`)
  const kind = values.get('XTENSION') ?? 'IMAGE'
  if (values.get('ZIMAGE') === true) refuse('an array that is not compressed', `ZCMPTYPE ${String(values.get('ZCMPTYPE') ?? 'unknown')}`)
  if (kind !== 'IMAGE' || elements === 0 || axes.length < 2 || isBesideFrames(values)) return { bytes, stack: undefined }
  const [cols, rows, ...others] = axes
  const stacked = others.filter((size) => size > 1)
  if (stacked.length > 1) refuse('frames of two axes, or a stack along one more', `axes ${axes.join(' x ')}`)
  if (bits === 64) refuse('integers of 8, 16 or 32 bits', 'BITPIX 64')
  const [frames = 1] = stacked
  const toStored = scaling(bits, values, refuse)
  const frameBytes = rows * cols * (Math.abs(bits) / 8)
  return { bytes, stack: { rows, cols, frames, type: types[bits], frameBytes, position, info: infoOf(values), toStored } }
}

function scaling(bits: number, values: Values, refuse: (expected: string, received: string) => never): (data: PixelData) => PixelData {
  const zero = values.get('BZERO') ?? 0
  const scale = values.get('BSCALE') ?? 1
  if (scale === 1 && zero === 0) return (data) => data
  if (scale !== 1 || zero !== signOffsets[bits]) {
    return refuse('values as they are, or unsigned by BZERO', `BZERO ${String(zero)}, BSCALE ${String(scale)}`)
  }
  return turnSign
}

/** Adding half of the range and leaving the sign out is turning the highest bit. */
function turnSign(data: PixelData): PixelData {
  const turned = unsignedOf(data)
  const highest = 2 ** (8 * turned.BYTES_PER_ELEMENT - 1)
  for (let i = 0; i < turned.length; i++) turned[i] ^= highest
  return turned
}

function unsignedOf(data: PixelData): PixelData {
  if (data instanceof Int16Array) return new Uint16Array(data.buffer)
  if (data instanceof Int32Array) return new Uint32Array(data.buffer)
  return new Int8Array(data.buffer)
}

function infoOf(values: Values): FrameInfo {
  const number = (keyword: string): number | undefined => {
    const value = values.get(keyword)
    return typeof value === 'number' && Number.isFinite(value) ? value : undefined
  }
  const seconds = number('EXPTIME')
  const [binnedCols, binnedRows] = [number('XBINNING'), number('YBINNING')]
  const temperature = number('CCD-TEMP') ?? number('DET-TEMP')
  const time = values.get('DATE-OBS')
  const mode = {
    ...(seconds !== undefined && { integrationTime: seconds * 1000 }),
    ...(binnedCols !== undefined && binnedRows !== undefined && { binning: `${binnedRows}x${binnedCols}` })
  }
  return {
    firstRowLowest: values.get('ROWORDER') !== 'TOP-DOWN',
    ...(Object.keys(mode).length > 0 && { mode }),
    ...(temperature !== undefined && { temperature }),
    ...(typeof time === 'string' && /^\d{4}-\d\d-\d\d(T[\d:.]+)?$/.test(time) && { time })
  }
}
