import type { PixelData } from '../../../frame/pixel-data.js'
import type { RawFrame } from '../../../frame/raw-frame.js'
import type { FrameFile } from '../frame-file.js'
import { pixelTypeFacts } from '../pixel-type-facts.js'
import { swapBytes } from '../swap-bytes.js'
import { widenHalves } from '../widen-halves.js'
import { blockBytes } from './block-bytes.js'
import { decodeDeflate } from './decode-deflate.js'
import { decodeLzw } from './decode-lzw.js'
import { decodePackBits } from './decode-packbits.js'
import type { PageLayout } from './page-layout.js'
import { reverseBits } from './reverse-bits.js'
import { spreadPacked } from './spread-packed.js'
import { compression } from './tags.js'
import type { TiffFile } from './tiff-directory.js'
import { undoDifferences } from './undo-differences.js'
import { undoFloatDifferences } from './undo-float-differences.js'

/** Packed blocks that follow each other are read together up to this many bytes. */
const largestRun = 2 ** 24

/**
 * Read the pixels of one page. Unpacked strips go straight into the frame, strips that follow each other in one read.
 * @param layout from `describePage`, which checked it against this file
 * @throws {FormatError} ERR_FORMAT for damaged packed data
 */
export async function readPage(tiff: TiffFile, layout: PageLayout): Promise<RawFrame> {
  const { rows, cols, type, minIsWhite, packed } = layout
  const data = pixelTypeFacts[type].create(rows * cols)
  const pixels = new Uint8Array(data.buffer)
  if (layout.tiled) await readTiles(tiff, layout, pixels)
  else {
    await readStrips(tiff.file, layout, pixels)
    unscramble(tiff, layout, pixels)
  }
  const bitsUsed = packed && packed.bits !== 'half' ? packed.bits : undefined
  const info = { ...(minIsWhite !== undefined && { minIsWhite }), ...(bitsUsed !== undefined && { bitsUsed }) }
  return {
    data: packed ? valuesOf(data, rows, packed) : data,
    shape: [rows, packed?.cols ?? cols],
    ...(Object.keys(info).length > 0 && { info })
  }
}

function valuesOf(stored: PixelData, rows: number, { bits, cols }: NonNullable<PageLayout['packed']>): PixelData {
  if (bits === 'half') {
    const floats = new Float32Array(rows * cols)
    widenHalves(stored as Uint16Array, floats)
    return floats
  }
  const values = new Uint16Array(rows * cols)
  spreadPacked(stored as Uint8Array, cols, bits, values)
  return values
}

async function readStrips(file: FrameFile, layout: PageLayout, pixels: Uint8Array): Promise<void> {
  const stripBytes = blockBytes(layout, 0)
  for (let first = 0; first < layout.offsets.length;) {
    if (layout.compression === compression.none) {
      const { next, bytes } = runOfPlainBlocks(layout, first, Infinity)
      await file.read(pixels.subarray(first * stripBytes, first * stripBytes + bytes), layout.offsets[first])
      if (layout.reversed) reverseBits(pixels.subarray(first * stripBytes, first * stripBytes + bytes))
      first = next
    } else {
      first = await readPackedRun(file, layout, first, (index, unpack) => {
        const start = index * stripBytes
        unpack(pixels.subarray(start, start + blockBytes(layout, index)))
      })
    }
  }
}

async function readTiles(tiff: TiffFile, layout: PageLayout, pixels: Uint8Array): Promise<void> {
  const tile = new Uint8Array(blockBytes(layout, 0))
  const place = (index: number, bytes: Uint8Array): void => {
    unscramble(tiff, layout, bytes)
    copyTile(layout, index, bytes, pixels)
  }
  for (let first = 0; first < layout.offsets.length;) {
    if (layout.compression === compression.none) {
      const { next, bytes } = runOfPlainBlocks(layout, first, largestRun)
      const run = new Uint8Array(bytes)
      await tiff.file.read(run, layout.offsets[first])
      if (layout.reversed) reverseBits(run)
      for (let index = first; index < next; index++) {
        place(index, run.subarray((index - first) * tile.length, (index - first + 1) * tile.length))
      }
      first = next
    } else {
      first = await readPackedRun(tiff.file, layout, first, (index, unpack) => {
        unpack(tile)
        place(index, tile)
      })
    }
  }
}

/** The blocks from `first` on that stand side by side in the file. */
function runOfPlainBlocks(layout: PageLayout, first: number, most: number): { next: number; bytes: number } {
  let bytes = blockBytes(layout, first)
  let next = first + 1
  while (next < layout.offsets.length && layout.offsets[next] === layout.offsets[first] + bytes && bytes < most) {
    bytes += blockBytes(layout, next++)
  }
  return { next, bytes }
}

/** Read packed blocks from `first` on that stand side by side, hand each out with its decoder; returns the next block. */
async function readPackedRun(
  file: FrameFile,
  layout: PageLayout,
  first: number,
  use: (index: number, unpack: (target: Uint8Array) => void) => void
): Promise<number> {
  const { offsets, byteCounts } = layout
  let bytes = byteCounts[first]
  let next = first + 1
  while (next < offsets.length && offsets[next] === offsets[first] + bytes && bytes + byteCounts[next] <= largestRun) {
    bytes += byteCounts[next++]
  }
  const run = new Uint8Array(bytes)
  await file.read(run, offsets[first])
  if (layout.reversed) reverseBits(run)
  for (let index = first; index < next; index++) {
    const start = offsets[index] - offsets[first]
    const source = run.subarray(start, start + byteCounts[index])
    const place = { file: file.path, offset: offsets[index] }
    use(index, (target) => {
      if (layout.compression === compression.lzw) decodeLzw(source, target, place)
      else if (layout.compression === compression.packBits) decodePackBits(source, target, place)
      else decodeDeflate(source, target, blockBytes(layout, 0), place)
    })
  }
  return next
}

/** Bring whole rows of unpacked bytes into the byte order of the machine and undo the predictor. */
function unscramble({ littleEndian }: TiffFile, { predictor, type, blockCols }: PageLayout, bytes: Uint8Array): void {
  const width = pixelTypeFacts[type].bytes
  if (predictor === 3) {
    undoFloatDifferences(bytes, width, blockCols)
    return
  }
  if (!littleEndian) swapBytes(bytes, width)
  if (predictor === 2) undoDifferences(bytes, width, blockCols)
}

/** Copy the part of a tile that lies inside the page. */
function copyTile(layout: PageLayout, index: number, tile: Uint8Array, pixels: Uint8Array): void {
  const { rows, cols, blockRows, blockCols, type } = layout
  const width = pixelTypeFacts[type].bytes
  const across = Math.ceil(cols / blockCols)
  const top = Math.floor(index / across) * blockRows
  const left = (index % across) * blockCols
  const length = Math.min(blockCols, cols - left) * width
  const bottom = Math.min(rows, top + blockRows)
  for (let row = top; row < bottom; row++) {
    const from = (row - top) * blockCols * width
    pixels.set(tile.subarray(from, from + length), (row * cols + left) * width)
  }
}
