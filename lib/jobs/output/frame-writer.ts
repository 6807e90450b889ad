import type { RawFrame } from '../../frame/raw-frame.js'
import type { FrameNoteFacts } from '../../io/format-frame-note.js'
import type { ReplaceFile } from '../../io/replace-file.js'
import type { DicomSeries } from './dicom-series.js'

/** Formats that jobs write frames in. */
export type OutputFormat = 'tiff' | 'npy' | 'hdf5' | 'raw' | 'dicom'

/** What holds for all files of a run. */
export interface FrameWriterSettings {
  readonly overwrite: boolean
  /** In mm, [between rows, between columns]; undefined: as the frames say. */
  readonly pixelPitch?: readonly [number, number]
  /** Of TIFF. */
  readonly compression?: 'none' | 'deflate'
  /** Of DICOM; without it every file is a series of its own. */
  readonly series?: DicomSeries
  /** How a written file comes to its name. */
  readonly replace: ReplaceFile
}

/** One file to write. */
export interface OutputFile {
  readonly output: string
  /** Its place in the run, from 1. */
  readonly number: number
  /** What the file says of how it was made; `job` by which it is recognised. */
  readonly facts: FrameNoteFacts & { readonly job?: string }
}

/** A format that frames are written in. */
export interface FrameWriter {
  /** Ending of the files, with its dot. */
  readonly ending: string
  /** A file holds one frame, never a stack. */
  readonly oneFrameEach: boolean
  /** It has a place for the pixel pitch that a user states. */
  readonly statesPitch: boolean
  /**
   * What must be known of the frames lies in a file beside the output, of this name.
   * @returns undefined where the file itself says it
   */
  readonly beside?: (path: string) => string
  /** @returns what the user must know to read the file again; null: nothing */
  write(file: OutputFile, frames: AsyncIterable<RawFrame>, settings: FrameWriterSettings): Promise<string | null>
  /** True when a file that stands there says that it is this one, written by this job. */
  isDone(file: OutputFile): Promise<boolean>
}
