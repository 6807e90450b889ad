import { OptionError } from '../errors.js'
import type { PixelType } from '../frame/pixel-data.js'
import type { RawLayout } from '../io/formats/raw.js'

/** The options that describe headerless raw files, as the argument parser gives them. */
export interface RawOptions {
  readonly rows?: number
  readonly cols?: number
  readonly dtype?: PixelType
  readonly byteOrder?: 'little' | 'big'
  readonly headerBytes?: number
}

/**
 * The layout of headerless raw files, or undefined when none of its options was given.
 * @throws {OptionError} ERR_OPTION when rows, columns or the pixel type are missing
 */
export function rawLayout({ rows, cols, dtype, byteOrder, headerBytes }: RawOptions): RawLayout | undefined {
  const given = { '--rows': rows, '--cols': cols, '--dtype': dtype, '--byte-order': byteOrder, '--header-bytes': headerBytes }
  if (Object.values(given).every((value) => value === undefined)) return undefined
  if (rows === undefined || cols === undefined || dtype === undefined) {
    throw new OptionError({
      subject: 'headerless raw files',
      expected: '--rows, --cols and --dtype together',
      received: Object.entries(given).filter(([, value]) => value !== undefined).map(([name]) => name).join(', ')
    })
  }
  return { rows, cols, type: dtype, byteOrder: byteOrder ?? 'little', headerBytes: headerBytes ?? 0 }
}
