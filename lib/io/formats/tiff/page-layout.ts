import type { PixelType } from '../../../frame/pixel-data.js'

/** Where the pixels of one page stand and how they are packed; everything in it was checked against the file. */
export interface PageLayout {
  readonly rows: number
  readonly cols: number
  readonly type: PixelType
  /**
   * Values that are stored in another way than `type` says, as half floats in u16 or as samples of fewer bits in bytes: then `cols` and
   * `blockCols` count words or bytes.
   */
  readonly packed?: { readonly bits: 10 | 12 | 14 | 'half'; readonly cols: number }
  /** The first pixel of a byte is in its lowest bits. */
  readonly reversed: boolean
  /** One of the codes of `compression`. */
  readonly compression: number
  /** 1 none, 2 differences of neighbours, 3 differences of float bytes. */
  readonly predictor: number
  /** Undefined when the file does not say. */
  readonly minIsWhite: boolean | undefined
  readonly tiled: boolean
  /** Rows and columns of a strip (columns: those of the page) or tile; the last strip may have fewer rows. */
  readonly blockRows: number
  readonly blockCols: number
  /** Byte offset and stored bytes of each block, row by row. */
  readonly offsets: readonly number[]
  readonly byteCounts: readonly number[]
}
