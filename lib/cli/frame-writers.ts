import { writeTiff } from '../io/formats/tiff/write-tiff.js'
import { writeHdf5 } from '../io/write-hdf5.js'
import { writeNpy } from '../io/write-npy.js'
import { writeRaw } from '../io/write-raw.js'
import type { RawFrame } from '../frame/raw-frame.js'
import { toKernelPixels } from '../frame/to-kernel-pixels.js'

/** A format that frames are written in. */
export interface FrameWriter {
  /** Ending of the files. */
  readonly ending: string
  /** @returns what the user must know to read the file again; undefined: nothing */
  write(path: string, frames: AsyncIterable<RawFrame>, overwrite: boolean): Promise<string | undefined>
}

/** Formats that frames are written in, by name. */
export const FRAME_WRITERS = {
  tiff: {
    ending: '.tif',
    async write(path, frames, overwrite) {
      await writeTiff(path, asWritable(frames), { overwrite })
      return undefined
    }
  },
  npy: {
    ending: '.npy',
    async write(path, frames, overwrite) {
      await writeNpy(path, frames, { overwrite })
      return undefined
    }
  },
  hdf5: {
    ending: '.nxs',
    async write(path, frames, overwrite) {
      await writeHdf5(path, frames, { overwrite })
      return undefined
    }
  },
  raw: {
    ending: '.raw',
    async write(path, frames, overwrite) {
      const { rows, cols, type } = await writeRaw(path, frames, { overwrite })
      return `--rows ${rows} --cols ${cols} --dtype ${type}`
    }
  }
} as const satisfies Readonly<Record<string, FrameWriter>>

/** u16 and f32 as they are, the other types where every value is exact in float32. */
async function* asWritable(frames: AsyncIterable<RawFrame>) {
  for await (const { data, shape, info } of frames) yield { data: toKernelPixels(info?.name ?? 'frame', data), shape }
}

export type FrameWriterName = keyof typeof FRAME_WRITERS
