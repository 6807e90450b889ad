import type { FrameFile } from '../frame-file.js'

/** An open TIFF file and how its numbers are laid out. */
export interface TiffFile {
  readonly file: FrameFile
  readonly littleEndian: boolean
  /** True for BigTIFF: offsets and counts of 64 bits. */
  readonly big: boolean
}

/** One field of a directory. Its values stand at `position`, in the field itself where they fit. */
export interface TiffEntry {
  readonly tag: number
  readonly type: number
  readonly count: number
  readonly position: number
}

/** One directory (IFD): one page of the file. Only the fields that we use are kept. */
export interface TiffDirectory {
  /** Byte offset in the file. */
  readonly offset: number
  readonly entries: ReadonlyMap<number, TiffEntry>
  /** The bytes of the directory from `offset` on, so that values in the fields need no further read. */
  readonly bytes: DataView
}
