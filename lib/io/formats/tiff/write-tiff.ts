import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { endianness } from 'node:os'
import { promisify } from 'node:util'
import { deflate } from 'node:zlib'
import { OptionError, StackError } from '../../../errors.js'
import { assertShape } from '../../../frame/assert-shape.js'
import { pixelTypeOf } from '../../../frame/pixel-type-of.js'
import type { Shape } from '../../../frame/shape.js'
import { assertLittleEndian } from '../../assert-little-endian.js'
import { replaceFile } from '../../replace-file.js'
import type { ReplaceFile } from '../../replace-file.js'
import { writeFully } from '../../write-fully.js'
import { encodeDirectories } from './encode-directories.js'
import type { WrittenPage } from './encode-directories.js'
import { compression as codes } from './tags.js'

assertLittleEndian(endianness())

/** A page to write: rows * cols values, row-major. */
export interface TiffPage {
  readonly data: Uint16Array | Float32Array
  readonly shape: Shape
  /** ImageDescription of this page, as `description` of the options. */
  readonly description?: string
  /** Distance of pixels in mm, [between rows, between columns]; written as the resolution. Above 0, at most 4000. */
  readonly pixelPitch?: readonly [number, number]
}

export interface WriteTiffOptions {
  /**
   * `none` writes one strip per page, `deflate` strips of 64 rows.
   * @default 'none'
   */
  compression?: 'none' | 'deflate'
  /**
   * BigTIFF: `auto` when the file grows above 4 GiB, true always, false never (more than 4 GiB is then refused).
   * @default 'auto'
   */
  bigTiff?: 'auto' | boolean
  /**
   * ImageDescription of the first page where it has none of its own, JSON or other text; what is not ASCII is written as \uXXXX.
   * @default undefined: none
   */
  description?: string
  /**
   * false: refuse to replace an existing file.
   * @default false
   */
  overwrite?: boolean
  /**
   * How the written file comes to its name.
   * @default flushed to the disk and renamed at once
   */
  replace?: ReplaceFile
}

const rowsPerStrip = 64
/** On detector noise higher levels take several times as long for a few percent. */
const deflateLevel = 1
/** The pixels begin here, behind room for either header. */
const firstByte = 16
const largestClassic = 2 ** 32 - 1
const pack = promisify<Uint8Array, { level: number }, Buffer>(deflate)

/**
 * Write pages of u16 or f32 as one little-endian TIFF. Pages are taken one at a time and written as they come; the
 * directories and, last, the header follow when the size is known, so classic or BigTIFF needs no foresight. The file
 * appears whole or not at all.
 * @param path file to write; its folder must exist
 * @param pages at least one; shapes may differ
 * @throws {OptionError} ERR_OPTION for other pixel types, unknown options, or more than 4 GiB with `bigTiff: false`
 * @throws {ShapeError} ERR_SHAPE when a page has not as many values as its shape says
 * @throws {StackError} ERR_STACK when there is no page
 * @throws {ExistsError} ERR_EXISTS when the file is there and `overwrite` is false
 * @throws {IoError} ERR_IO
 * @see TIFF Revision 6.0, 1992; BigTIFF design, 2007
 */
export async function writeTiff(
  path: string,
  pages: Iterable<TiffPage> | AsyncIterable<TiffPage>,
  options: WriteTiffOptions = {}
): Promise<void> {
  const { compression = 'none', bigTiff = 'auto', description, overwrite = false, replace = replaceFile } = options
  assertOneOf('compression', compression, ['none', 'deflate'])
  assertOneOf('bigTiff', bigTiff, ['auto', true, false])
  const write = async (temporaryPath: string): Promise<void> => {
    const handle = await open(temporaryPath, 'w')
    try {
      const { written, end } = await writePages(handle, path, pages, compression === 'deflate')
      const position = end + (end % 2)
      const [first, ...others] = written
      const described = [{ ...first, description: first.description ?? description }, ...others]
      const encoded = encodeDirectories(described, position, { bigTiff: bigTiff === true })
      if (encoded.big && bigTiff === false) {
        throw new OptionError({
          subject: 'option "bigTiff"',
          expected: `a file of at most ${largestClassic} bytes when false`,
          received: `${position} bytes of pixels`
        })
      }
      await writeFully(handle, encoded.directories, position)
      await writeFully(handle, encoded.header, 0)
    } finally {
      await handle.close()
    }
  }
  await replace(path, write, { overwrite })
}

function assertOneOf(name: string, value: unknown, known: readonly unknown[]): void {
  if (!known.includes(value)) {
    throw new OptionError({ subject: `option "${name}"`, expected: `one of ${known.join(', ')}`, received: String(value) })
  }
}

async function writePages(
  handle: FileHandle,
  path: string,
  pages: Iterable<TiffPage> | AsyncIterable<TiffPage>,
  packed: boolean
): Promise<{ written: WrittenPage[]; end: number }> {
  const written: WrittenPage[] = []
  let end = firstByte
  for await (const page of pages) {
    const { type, rows, cols } = describe(`${path} page ${written.length + 1}`, page)
    const { description, pixelPitch } = page
    const blockRows = packed ? Math.min(rows, rowsPerStrip) : rows
    const bytes = new Uint8Array(page.data.buffer, page.data.byteOffset, page.data.byteLength)
    const strips = packed ? await packStrips(bytes, (bytes.length / rows) * blockRows) : [bytes]
    const offsets: number[] = []
    for (const strip of strips) {
      await writeFully(handle, strip, end)
      offsets.push(end)
      end += strip.length
    }
    const byteCounts = strips.map((strip) => strip.length)
    const layout = { rows, cols, type, compression: packed ? codes.deflate : codes.none, blockRows, offsets, byteCounts }
    written.push({ ...layout, description, pixelPitch })
  }
  if (written.length === 0) throw new StackError({ subject: path, expected: 'at least one page to write', received: 'none' })
  return { written, end }
}

function describe(subject: string, page: TiffPage): { type: 'u16' | 'f32'; rows: number; cols: number } {
  assertShape(subject, page)
  const type = pixelTypeOf(page.data)
  if (type !== 'u16' && type !== 'f32') throw new OptionError({ subject, expected: 'pixels of type u16 or f32', received: type })
  if (page.pixelPitch?.every((side) => side >= 1e-6 && side <= 4000) === false) {
    throw new OptionError({
      subject: `${subject}: pixel pitch`,
      expected: 'millimetres, above 0 and at most 4000',
      received: page.pixelPitch.join(' x ')
    })
  }
  return { type, rows: page.shape[0], cols: page.shape[1] }
}

/** Strips are packed side by side on the threads of the system pool. */
async function packStrips(bytes: Uint8Array, stripBytes: number): Promise<Uint8Array[]> {
  const strips: Promise<Uint8Array>[] = []
  for (let start = 0; start < bytes.length; start += stripBytes) {
    strips.push(pack(bytes.subarray(start, start + stripBytes), { level: deflateLevel }))
  }
  return Promise.all(strips)
}
