import type { RawFrame } from '../../frame/raw-frame.js'
import type { FrameFile } from './frame-file.js'

/** The frames of one open file, in the order in which they stand there. */
export interface FrameReader {
  /** How many frames there are; at least 1. */
  readonly pages: number
  /**
   * One frame, in a buffer of its own; `info` holds only what the file itself states.
   * @param index 0 to pages - 1
   */
  readPage(index: number): Promise<RawFrame>
}

/** A file format that frames are read from. A new format is one file that exports one of these. */
export interface FrameFormat {
  readonly name: string
  /** True when a file that begins with these bytes is of this format. */
  matches(head: Uint8Array): boolean
  /** Read and check the structure of the file; pixels are read later, page by page. */
  open(file: FrameFile): Promise<FrameReader>
}
