import { OptionError } from '../errors.js'
import type { PixelType } from '../frame/pixel-data.js'
import type { FormatName } from '../io/formats/frame-format.js'
import type { RawLayout } from '../io/formats/raw.js'
import type { ReadFramesOptions } from '../io/read-frames.js'

/** The options that say how files of frames are read, as the argument parser gives them. */
export interface ReadingOptions {
  readonly format?: FormatName
  readonly rows?: number
  readonly cols?: number
  readonly dtype?: PixelType
  readonly byteOrder?: 'little' | 'big'
  readonly headerBytes?: number
  /** Take frames that state that they were corrected already. */
  readonly allowCorrected?: boolean
}

/**
 * How files are to be read: by a format that was named, as headerless raw, or (both undefined) by what they hold.
 * @throws {OptionError} ERR_OPTION when rows, columns or the pixel type of raw files are missing
 */
export function readingOf(options: ReadingOptions): Pick<ReadFramesOptions, 'format' | 'raw'> {
  const { format } = options
  return { format, raw: rawLayout(options) }
}

function rawLayout({ rows, cols, dtype, byteOrder, headerBytes }: ReadingOptions): RawLayout | undefined {
  const given = { '--rows': rows, '--cols': cols, '--dtype': dtype, '--byte-order': byteOrder, '--header-bytes': headerBytes }
  if (Object.values(given).every((value) => value === undefined)) return undefined
  if (rows === undefined || cols === undefined || dtype === undefined) {
    throw new OptionError({
      subject: 'headerless raw files',
      expected: '--rows, --cols and --dtype together',
      received: Object.entries(given)
        .filter(([, value]) => value !== undefined)
        .map(([name]) => name)
        .join(', ')
    })
  }
  return { rows, cols, type: dtype, byteOrder: byteOrder ?? 'little', headerBytes: headerBytes ?? 0 }
}
