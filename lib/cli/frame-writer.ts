import type { RawFrame } from '../frame/raw-frame.js'

/** What the user says of all files of a run. */
export interface FrameWriterSettings {
  readonly overwrite: boolean
  /** In mm, [between rows, between columns]; undefined: as the frames say. */
  readonly pixelPitch: readonly [number, number] | undefined
}

/** @returns what the user must know to read the file again; undefined: nothing */
export type WriteFrames = (path: string, frames: AsyncIterable<RawFrame>) => Promise<string | undefined>

/** A format that frames are written in. */
export interface FrameWriter {
  /** Ending of the files. */
  readonly ending: string
  /** A file holds one frame, never a stack. */
  readonly oneFrameEach: boolean
  /** It has a place for the pixel pitch. */
  readonly statesPitch: boolean
  /** Begin a run, in which any number of files is written. */
  begin(settings: FrameWriterSettings): WriteFrames
}
