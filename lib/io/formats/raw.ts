import { FormatError, OptionError } from '../../errors.js'
import type { PixelType } from '../../frame/pixel-data.js'
import type { RawFrame } from '../../frame/raw-frame.js'
import { assertFrameCount } from './assert-frame-count.js'
import type { FrameFile } from './frame-file.js'
import type { FrameFormat } from './frame-format.js'
import { LARGEST_FRAME } from './largest-frame.js'
import { pixelTypeFacts } from './pixel-type-facts.js'
import { readPixelBlock } from './read-pixel-block.js'

/** How pixels stand in a file that does not say so itself: a header to skip, then whole frames, row-major, without gaps. */
export interface RawLayout {
  readonly rows: number
  readonly cols: number
  readonly type: PixelType
  /** @default 'little' */
  readonly byteOrder?: 'little' | 'big'
  /**
   * Bytes before the first frame.
   * @default 0
   */
  readonly headerBytes?: number
}

/**
 * The format of headerless raw files of one layout. Every file matches; its size must be the header and k whole frames, k >= 1.
 * @throws {OptionError} ERR_OPTION for a layout that cannot be
 */
export function rawFormat({ rows, cols, type, byteOrder = 'little', headerBytes = 0 }: RawLayout): FrameFormat {
  assertInteger('rows', rows, 1)
  assertInteger('cols', cols, 1)
  assertInteger('headerBytes', headerBytes, 0)
  assertOneOf('type', type, Object.keys(pixelTypeFacts))
  assertOneOf('byteOrder', byteOrder, ['little', 'big'])
  const { bytes } = pixelTypeFacts[type]
  const frameBytes = rows * cols * bytes
  if (frameBytes > LARGEST_FRAME) {
    throw new OptionError({
      subject: 'raw layout',
      expected: `a frame of at most ${LARGEST_FRAME} bytes`,
      received: `${rows} rows x ${cols} cols x ${bytes} bytes = ${frameBytes}`
    })
  }

  const readPage = async (file: FrameFile, index: number): Promise<RawFrame> => {
    const position = headerBytes + index * frameBytes
    return { data: await readPixelBlock(file, { rows, cols, type, byteOrder, position }), shape: [rows, cols] }
  }

  return {
    name: 'raw',
    key: 'raw',
    extensions: [],
    matches: () => true,
    async open(file) {
      const pages = (file.size - headerBytes) / frameBytes
      if (!Number.isInteger(pages) || pages < 1) {
        throw new FormatError({
          file: file.path,
          expected: `${headerBytes} header bytes + k x ${frameBytes} (${rows} rows x ${cols} cols x ${bytes} bytes), k >= 1`,
          received: arithmetic(file.size, headerBytes, frameBytes)
        })
      }
      assertFrameCount(file.path, pages)
      return { pages, readPage: (index) => readPage(file, index) }
    }
  }
}

function arithmetic(size: number, headerBytes: number, frameBytes: number): string {
  if (size < headerBytes) return `${size} bytes, less than the header`
  const frames = Math.floor((size - headerBytes) / frameBytes)
  return `${size} bytes = ${headerBytes} + ${frames} x ${frameBytes} + ${size - headerBytes - frames * frameBytes} left over`
}

function assertInteger(name: string, value: unknown, least: number): void {
  if (!Number.isSafeInteger(value) || (value as number) < least) {
    throw new OptionError({ subject: `raw layout "${name}"`, expected: `an integer >= ${least}`, received: String(value) })
  }
}

function assertOneOf(name: string, value: unknown, known: readonly string[]): void {
  if (!known.includes(value as string)) {
    throw new OptionError({ subject: `raw layout "${name}"`, expected: `one of ${known.join(', ')}`, received: String(value) })
  }
}
