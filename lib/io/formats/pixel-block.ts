import type { PixelType } from '../../frame/pixel-data.js'

/** Where the pixels of one frame stand in a file, without packing: row-major, no gaps. */
export interface PixelBlock {
  readonly rows: number
  readonly cols: number
  readonly type: PixelType
  readonly byteOrder: 'little' | 'big'
  /** Byte of the first pixel. */
  readonly position: number
}
