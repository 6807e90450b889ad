import { FormatError } from '../../../errors.js'
import type { PixelType } from '../../../frame/pixel-data.js'
import { assertSizes } from './assert-sizes.js'
import type { PageLayout } from './page-layout.js'
import { readValues } from './read-values.js'
import { compression, tag } from './tags.js'
import type { TiffDirectory, TiffFile } from './tiff-directory.js'

const compressionNames: Readonly<Record<number, string>> = {
  2: 'CCITT modified Huffman',
  3: 'CCITT fax 3',
  4: 'CCITT fax 4',
  6: 'old-style JPEG',
  7: 'JPEG',
  9: 'JBIG',
  10: 'JBIG',
  32809: 'ThunderScan',
  33003: 'JPEG 2000',
  33005: 'JPEG 2000',
  34661: 'JBIG',
  34676: 'SGI LogLuv',
  34677: 'SGI LogLuv',
  34712: 'JPEG 2000',
  34887: 'LERC',
  34925: 'LZMA',
  34926: 'ZSTD',
  34927: 'WebP',
  48124: 'PNG',
  50000: 'ZSTD',
  50001: 'WebP',
  50002: 'JPEG XL',
  52546: 'JPEG XL'
}
const photometricNames: Readonly<Record<number, string>> = {
  2: 'RGB',
  3: 'palette colour',
  4: 'transparency mask',
  5: 'CMYK',
  6: 'YCbCr',
  8: 'CIE Lab',
  9: 'ICC Lab',
  10: 'ITU Lab',
  32803: 'colour filter array',
  32844: 'LogL',
  32845: 'LogLuv',
  34892: 'linear raw'
}
const sampleFormatNames: Readonly<Record<number, string>> = { 4: 'undefined', 5: 'complex integers', 6: 'complex floats' }
const pixelTypes: Readonly<Record<string, PixelType>> = {
  '1:8': 'u8',
  '1:16': 'u16',
  '1:32': 'u32',
  '2:8': 'i8',
  '2:16': 'i16',
  '2:32': 'i32',
  '3:32': 'f32',
  '3:64': 'f64'
}
/** Most strips or tiles of a page: tiles of 16 x 16 make a frame of 16 384 x 16 384. */
const mostBlocks = 2 ** 20
const known: ReadonlySet<number> = new Set(Object.values(compression))
const predicted: ReadonlySet<number> = new Set([compression.lzw, compression.deflate, compression.oldDeflate])

/**
 * How the pixels of one page are stored. What we do not decode is refused by name; sizes are checked against the file.
 * @throws {FormatError} ERR_FORMAT with the byte offset of the field that is refused
 * @see TIFF Revision 6.0, 1992; Adobe Photoshop TIFF Technical Notes 3 (predictor 3), 2005
 */
export async function describePage(tiff: TiffFile, directory: TiffDirectory): Promise<PageLayout> {
  const scalar = (number: number, absent?: number): Promise<number> => readScalar(tiff, directory, number, absent)
  const refuse = (number: number, expected: string, received: string): never => refuseField(tiff, directory, number, expected, received)

  const method = await scalar(tag.compression, compression.none)
  if (!known.has(method))
    refuse(tag.compression, 'compression none, deflate, LZW or PackBits', named('compression', method, compressionNames))
  const photometric = await scalar(tag.photometric, -1)
  const samples = await scalar(tag.samplesPerPixel, 1)
  const colour = photometricNames[photometric]
  if (samples !== 1) refuse(tag.samplesPerPixel, '1 sample per pixel', `${samples} samples per pixel${colour ? ` (${colour})` : ''}`)
  if (photometric > 1) refuse(tag.photometric, 'grey values', named('photometric interpretation', photometric, photometricNames))
  const fillOrder = await scalar(tag.fillOrder, 1)
  if (fillOrder !== 1 && fillOrder !== 2) refuse(tag.fillOrder, 'FillOrder 1 or 2', `FillOrder ${fillOrder}`)
  const depth = await scalar(tag.depth, 1)
  if (depth !== 1) refuse(tag.depth, 'flat pages', `ImageDepth ${depth} (a volume in one page)`)
  const stored = await readStoredType(scalar, refuse)
  const predictor = await scalar(tag.predictor, 1)
  assertPredictor(predictor, method, stored, refuse)
  const rows = await scalar(tag.rows)
  const cols = await scalar(tag.cols)
  if (rows < 1) refuse(tag.rows, 'at least 1 row', String(rows))
  if (cols < 1) refuse(tag.cols, 'at least 1 column', String(cols))

  const blocks = await readBlocks(tiff, directory, rows, cols, scalar, refuse)
  const minIsWhite = photometric < 0 ? undefined : photometric === 0
  const common = { rows, compression: method, predictor, minIsWhite, reversed: fillOrder === 2, ...blocks }
  const layout: PageLayout = typeof stored === 'string' ? { ...common, cols, type: stored } : packedLayout({ ...common, cols }, stored)
  assertSizes(tiff.file, directory.offset, layout)
  return layout
}

/** Samples of fewer bits are read as rows of bytes, half floats as words; both become values when the page is whole. */
function packedLayout(layout: Omit<PageLayout, 'type' | 'packed'>, { bits }: Packed): PageLayout {
  const { cols, blockCols } = layout
  if (bits === 'half') return { ...layout, type: 'u16', packed: { bits, cols } }
  const bytesOf = (samples: number): number => Math.ceil((samples * bits) / 8)
  return { ...layout, type: 'u8', cols: bytesOf(cols), blockCols: bytesOf(blockCols), packed: { bits, cols } }
}

type Packed = Pick<NonNullable<PageLayout['packed']>, 'bits'>
type Scalar = (number: number, absent?: number) => Promise<number>
type Refuse = (number: number, expected: string, received: string) => never

async function readScalar(tiff: TiffFile, directory: TiffDirectory, number: number, absent: number | undefined): Promise<number> {
  const entry = directory.entries.get(number)
  if (entry) return (await readValues(tiff, directory, entry, number === tag.bitsPerSample ? 16 : 1))[0]
  if (absent !== undefined) return absent
  return refuseField(tiff, directory, number, `tag ${number}`, 'a directory without it')
}

function refuseField(tiff: TiffFile, directory: TiffDirectory, number: number, expected: string, received: string): never {
  const offset = directory.entries.get(number)?.position ?? directory.offset
  throw new FormatError({ file: tiff.file.path, offset, expected, received })
}

function named(what: string, code: number, names: Readonly<Record<number, string>>): string {
  return `${what} ${code} (${names[code] ?? 'unknown'})`
}

async function readStoredType(scalar: Scalar, refuse: Refuse): Promise<PixelType | Packed> {
  const bits = await scalar(tag.bitsPerSample, 1)
  const format = await scalar(tag.sampleFormat, 1)
  const type = pixelTypes[`${format}:${bits}`]
  if (type) return type
  if (format === 3 && bits === 16) return { bits: 'half' }
  if (format === 1 && (bits === 10 || bits === 12 || bits === 14)) return { bits }
  const expected = '8, 16, 32-bit integers, 10, 12, 14-bit ones without sign, or 16, 32, 64-bit floats'
  if (format < 1 || format > 3) return refuse(tag.sampleFormat, expected, named('SampleFormat', format, sampleFormatNames))
  return refuse(tag.bitsPerSample, expected, format === 3 ? `float${bits}` : `${bits} bit${bits === 1 ? '' : 's'} per sample`)
}

/** libtiff ignores a predictor with none or PackBits, tifffile applies it: two readings of one file, so neither. */
function assertPredictor(predictor: number, method: number, type: PixelType | Packed, refuse: Refuse): void {
  if (predictor === 1) return
  if (predictor !== 2 && predictor !== 3) refuse(tag.predictor, 'predictor 1, 2 or 3', `predictor ${predictor}`)
  if (!predicted.has(method))
    refuse(tag.predictor, 'a predictor only with deflate or LZW', `predictor ${predictor} with compression ${method}`)
  const half = typeof type !== 'string' && type.bits === 'half'
  if (typeof type !== 'string' && !half) refuse(tag.predictor, 'no predictor', `predictor ${predictor} with ${type.bits} bits per sample`)
  if (predictor === 3 && type !== 'f32' && type !== 'f64' && !half) {
    refuse(tag.predictor, 'predictor 3 only with floats', `predictor 3 with ${String(type)}`)
  }
}

type Blocks = Pick<PageLayout, 'tiled' | 'blockRows' | 'blockCols' | 'offsets' | 'byteCounts'>

async function readBlocks(
  tiff: TiffFile,
  directory: TiffDirectory,
  rows: number,
  cols: number,
  scalar: Scalar,
  refuse: Refuse
): Promise<Blocks> {
  const tiled = directory.entries.has(tag.tileCols)
  const blockCols = tiled ? await scalar(tag.tileCols) : cols
  const blockRows = tiled ? await scalar(tag.tileRows) : Math.min(rows, await scalar(tag.rowsPerStrip, rows))
  if (blockCols < 1) refuse(tag.tileCols, 'at least 1 column per tile', String(blockCols))
  if (blockRows < 1) refuse(tiled ? tag.tileRows : tag.rowsPerStrip, 'at least 1 row per strip or tile', String(blockRows))
  const blocks = Math.ceil(rows / blockRows) * Math.ceil(cols / blockCols)
  if (blocks > mostBlocks) refuse(tiled ? tag.tileCols : tag.rowsPerStrip, `at most ${mostBlocks} strips or tiles`, String(blocks))
  const list = async (number: number): Promise<number[]> => {
    const entry = directory.entries.get(number)
    if (!entry) return refuse(number, `tag ${number}`, 'a directory without it')
    if (entry.count !== blocks) refuse(number, `${blocks} values of tag ${number}`, String(entry.count))
    return readValues(tiff, directory, entry, blocks)
  }
  const offsets = await list(tiled ? tag.tileOffsets : tag.stripOffsets)
  const byteCounts = await list(tiled ? tag.tileByteCounts : tag.stripByteCounts)
  return { tiled, blockRows, blockCols, offsets, byteCounts }
}
