import { FormatError } from '../../../errors.js'
import type { PixelData } from '../../../frame/pixel-data.js'
import type { CodecName, FrameDecoder, FrameDecoders } from '../frame-decoder.js'
import type { FrameFile } from '../frame-file.js'
import type { FrameFormat, FrameReader } from '../frame-format.js'
import { LARGEST_FRAME } from '../largest-frame.js'
import { readPixelBlock } from '../read-pixel-block.js'
import { decodeCodestream } from './decode-codestream.js'
import { decodeRle } from './decode-rle.js'
import { dicomInfo } from './dicom-info.js'
import { dicomLayout } from './dicom-layout.js'
import type { DicomLayout } from './dicom-layout.js'
import { beginsAsDataSet, findDataSet } from './find-data-set.js'
import { hasPreamble } from './has-preamble.js'
import { readDataSet, readElementHeader, undefinedLength } from './read-data-set.js'
import type { ElementHeader } from './read-data-set.js'
import { readFragments } from './read-fragments.js'
import type { Fragment } from './read-fragments.js'
import { tags } from './tags.js'
import { nameTransferSyntax } from './transfer-syntaxes.js'
import type { TransferSyntax } from './transfer-syntaxes.js'
import { useStoredBits } from './use-stored-bits.js'

/**
 * DICOM: grey frames of DX, CR, RT images, nuclear medicine and others, one or many, with or without preamble. Explicit and implicit
 * little endian, explicit big endian, deflated, RLE; JPEG-LS, JPEG 2000 and lossless JPEG with a codec of the caller. Every other
 * encoding is refused by name, and these are without a codec. Values are returned as stored: rescaling is reported, not applied, and
 * MONOCHROME1 is not turned round.
 *
 * The reader is our own. dicom-parser 1.8 wants the whole file in memory, overflows the stack on deep sequences, takes minutes and a
 * gigabyte for a file of 40 MB of empty items, unpacks without bound, and passes damaged items, unknown encodings of values and
 * elements that are there twice in silence.
 * @see DICOM PS3.3, PS3.5 and PS3.10, 2024
 */
export const dicomFormat: FrameFormat = {
  name: 'DICOM',
  key: 'dicom',
  extensions: ['.dcm', '.dic', '.dicom'],
  matches: (head) => hasPreamble(head) || beginsAsDataSet(head),
  async open(stored, { decoders }) {
    const { file, position, syntax, uid = '' } = await findDataSet(stored)
    const codec = codecOf(file.path, syntax, uid, decoders)
    const { elements, stopped, position: end } = await readDataSet(file, syntax, position, file.size, (tag) => pixelTags.has(tag))
    if (!stopped) throw new FormatError({ file: file.path, offset: end, expected: 'pixels (7FE0,0010)', received: 'the end of the file' })
    const pixels = await readElementHeader(file, syntax, end)
    const layout = dicomLayout(file.path, elements, syntax, pixels)
    const frameBytes = layout.rows * layout.cols * layout.width
    if (frameBytes > LARGEST_FRAME) {
      throw new FormatError({ file: file.path, expected: `a frame of at most ${LARGEST_FRAME} bytes`, received: `${frameBytes} bytes` })
    }
    const info = dicomInfo(elements, syntax.byteOrder, layout)
    const readPixels = await pixelsOf(file, syntax, pixels, layout, codec)
    return {
      pages: layout.frames,
      ...(info.role && { roles: new Array(layout.frames).fill(info.role) }),
      async readPage(index) {
        const data = await readPixels(index)
        useStoredBits(file.path, data, layout)
        return { data, shape: [layout.rows, layout.cols], info }
      }
    } satisfies FrameReader
  }
}

const pixelTags: ReadonlySet<number> = new Set([tags.pixels, tags.floatPixels, tags.doublePixels])

interface Codec {
  readonly name: CodecName
  readonly decoder: FrameDecoder
}

function codecOf(path: string, { codec: name }: TransferSyntax, uid: string, decoders: FrameDecoders = {}): Codec | undefined {
  if (name === undefined) return undefined
  const decoder = decoders[name]
  if (decoder) return { name, decoder }
  const expected = `plain, deflated or RLE pixels, or a codec for others (readFrames, option decoders: { '${name}': ... })`
  throw new FormatError({ file: path, expected, received: nameTransferSyntax(uid) })
}

type ReadPixels = (index: number) => Promise<PixelData>

async function pixelsOf(
  file: FrameFile,
  syntax: TransferSyntax,
  pixels: ElementHeader,
  layout: DicomLayout,
  codec: Codec | undefined
): Promise<ReadPixels> {
  const { packing } = syntax
  if (packing === 'none' || packing === 'deflated') return plainPixels(file, syntax, pixels, layout)
  if (pixels.length !== undefinedLength || pixels.tag !== tags.pixels) {
    throw new FormatError({
      file: file.path,
      offset: pixels.position,
      expected: `packed pixels: ${syntax.name}`,
      received: `${pixels.length} plain bytes`
    })
  }
  const fragments = await readFragments(file, pixels.position, layout.frames)
  return (index) => (codec ? readCodestream(file, fragments[index], layout, codec) : readRle(file, fragments[index], layout))
}

function plainPixels(file: FrameFile, syntax: TransferSyntax, pixels: ElementHeader, layout: DicomLayout): ReadPixels {
  const { byteOrder, explicit } = syntax
  const { tag, vr, position, length } = pixels
  const { rows, cols, type, width, frames } = layout
  const frameBytes = rows * cols * width
  const bytes = frameBytes * frames
  const refuse = (expected: string, received: string): never => {
    throw new FormatError({ file: file.path, offset: position, expected, received })
  }
  if (length === undefinedLength) refuse('plain pixels', 'packed ones')
  const even = bytes + (bytes % 2)
  // some writers leave the byte of padding out
  if (length !== even && length !== bytes)
    refuse(`${even} bytes of pixels: ${frames} frames of ${rows} rows x ${cols} columns x ${width} bytes`, `${length}`)
  if (position + length > file.size)
    refuse(`${length} bytes of pixels`, `${file.size - position} up to the end of the file (${file.size} bytes)`)
  // words of 16 bits in big endian: how pixels of another width lie in them, writers do not agree
  const wordsOnly = byteOrder === 'big' && tag === tags.pixels && width !== 2
  if (wordsOnly && !(width === 1 && vr === 'OB')) refuse('pixels of 16 bits, or of 8 as OB, in big endian', `${8 * width} bits as ${vr}`)
  if (explicit && tag === tags.pixels && vr !== 'OW' && !(vr === 'OB' && (width === 1 || byteOrder === 'little')))
    refuse('pixels as OW, or as OB in little endian', `${8 * width} bits as ${vr}`)
  return (index) => readPixelBlock(file, { rows, cols, type, byteOrder, position: position + index * frameBytes })
}

async function readRle(file: FrameFile, fragments: readonly Fragment[], layout: DicomLayout): Promise<PixelData> {
  const [{ position, length }, ...more] = fragments
  if (more.length > 0) {
    throw new FormatError({ file: file.path, offset: position, expected: 'one RLE fragment per frame', received: `${more.length + 1}` })
  }
  const packed = new Uint8Array(length)
  await file.read(packed, position)
  return decodeRle(packed, layout, { file: file.path, offset: position })
}

/** A codestream may go over several fragments; they lie one behind the other in the file, and so cannot be more than it holds. */
async function readCodestream(file: FrameFile, fragments: readonly Fragment[], layout: DicomLayout, codec: Codec): Promise<PixelData> {
  const [{ position }] = fragments
  const total = fragments.reduce((sum, { length }) => sum + length, 0)
  if (total > LARGEST_FRAME) {
    throw new FormatError({
      file: file.path,
      offset: position,
      expected: `a codestream of at most ${LARGEST_FRAME} bytes`,
      received: `${total} bytes`
    })
  }
  const packed = new Uint8Array(total)
  let at = 0
  for (const fragment of fragments) {
    await file.read(packed.subarray(at, at + fragment.length), fragment.position)
    at += fragment.length
  }
  return decodeCodestream(packed, layout, codec, { file: file.path, offset: position })
}
