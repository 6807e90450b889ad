import type { FrameInfo, FrameRole } from '../../../frame/frame-info.js'
import type { PixelData, PixelType } from '../../../frame/pixel-data.js'

/** A file that the worker opens, and opens again where another worker has taken its place. */
export interface Hdf5Source {
  /** A number of its own for each time that it is opened. */
  readonly id: number
  readonly path: string
  /** In bytes. */
  readonly size: number
  /** All bytes, where they are in memory and not at `path`. */
  readonly bytes?: SharedArrayBuffer
}

/** A dataset of frames. */
export interface Hdf5Stack {
  /** The file that holds it, as libhdf5 sees it: another than the one that was opened where a link leads there. */
  readonly place: string
  readonly path: string
  /** 2 or 3 dimensions. */
  readonly shape: readonly number[]
  readonly type: PixelType
  /** The bits of a word that count, where not all of them do. */
  readonly packed?: { readonly offset: number; readonly precision: number }
  /** The frames that count, as indices into the dataset. */
  readonly frames: readonly number[]
  /** One per frame that counts. */
  readonly roles?: readonly FrameRole[]
  readonly info: FrameInfo
  /** Integration time in ms of each frame that counts, where they differ. */
  readonly integrationTimes?: readonly number[]
}

export type Hdf5Request =
  | { readonly do: 'open'; readonly source: Hdf5Source; readonly inside: string | undefined }
  | { readonly do: 'read'; readonly source: Hdf5Source; readonly stack: Hdf5Stack; readonly frame: number }
  | { readonly do: 'close'; readonly source: Hdf5Source }

export interface Hdf5Failure {
  readonly expected: string
  readonly received: string
  /** The file is whole, the frame was never written. */
  readonly unwritten?: boolean
}

export interface Hdf5Reply {
  readonly stacks?: readonly Hdf5Stack[]
  readonly data?: PixelData
  readonly failure?: Hdf5Failure
  /** Bytes of memory that the library holds. */
  readonly held: number
}
