import type { FrameRole } from '../../frame/frame-info.js'
import type { RawFrame } from '../../frame/raw-frame.js'
import type { FrameDecoders } from './frame-decoder.js'
import type { FrameFile } from './frame-file.js'

/** Names of the formats, as `--format` takes them. */
export type FormatName = 'tiff' | 'his' | 'ge' | 'xim' | 'hnd' | 'edf' | 'dicom' | 'hdf5' | 'npy' | 'npz' | 'fits' | 'png' | 'raw'

/** The frames of one open file, in the order in which they stand there. */
export interface FrameReader {
  /** How many frames there are; at least 1. */
  readonly pages: number
  /** What each frame was taken for, one per page, where the file says so. */
  readonly roles?: readonly FrameRole[]
  /**
   * One frame, in a buffer of its own; `info` holds only what the file itself states.
   * @param index 0 to pages - 1
   */
  readPage(index: number): Promise<RawFrame>
  /** Let go of what was held beside the file. */
  close?(): Promise<void>
}

/** What a caller says beside the path. */
export interface OpenOptions {
  /** Path of the frames inside the file: a dataset of HDF5, an array of NPZ. */
  readonly inside?: string
  /** Codecs that the caller gives. */
  readonly decoders?: FrameDecoders
}

/** A file format that frames are read from. A new format is one file that exports one of these, and its line in `formats.ts`. */
export interface FrameFormat {
  /** For people: `TIFF`. */
  readonly name: string
  readonly key: FormatName
  /** Endings of names, lower case with their dot, by which a folder finds its frame files. Nothing is recognised by them. */
  readonly extensions: readonly string[]
  /**
   * True when a file that begins with these bytes is of this format.
   * @param head the first 4096 bytes, or all where there are fewer
   * @param size of the whole file, in bytes
   */
  matches(head: Uint8Array, size: number): boolean
  /**
   * Read and check the structure of the file; pixels are read later, page by page. Nothing that the file states is believed: every
   * count, offset and size is checked against the file before memory is asked for.
   * @throws {FormatError} ERR_FORMAT, with the byte offset where it is known
   */
  open(file: FrameFile, options: OpenOptions): Promise<FrameReader>
}
