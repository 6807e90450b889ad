import type { RawFrame } from '../frame/raw-frame.js'
import { toKernelPixels } from '../frame/to-kernel-pixels.js'
import { writeTiff } from '../io/formats/tiff/write-tiff.js'
import { writeHdf5 } from '../io/write-hdf5.js'
import { writeNpy } from '../io/write-npy.js'
import { writeRaw } from '../io/write-raw.js'
import { beginDicomSeries } from './begin-dicom-series.js'
import type { FrameWriter } from './frame-writer.js'

/** Formats that frames are written in, by name. */
export const FRAME_WRITERS = {
  tiff: {
    ending: '.tif',
    oneFrameEach: false,
    statesPitch: false,
    begin:
      ({ overwrite }) =>
      async (path, frames) => {
        await writeTiff(path, asWritable(frames), { overwrite })
        return undefined
      }
  },
  npy: {
    ending: '.npy',
    oneFrameEach: false,
    statesPitch: false,
    begin:
      ({ overwrite }) =>
      async (path, frames) => {
        await writeNpy(path, frames, { overwrite })
        return undefined
      }
  },
  hdf5: {
    ending: '.nxs',
    oneFrameEach: false,
    statesPitch: true,
    begin:
      ({ overwrite, pixelPitch }) =>
      async (path, frames) => {
        await writeHdf5(path, frames, { overwrite, info: pixelPitch && { pixelPitch } })
        return undefined
      }
  },
  dicom: { ending: '.dcm', oneFrameEach: true, statesPitch: true, begin: beginDicomSeries },
  raw: {
    ending: '.raw',
    oneFrameEach: false,
    statesPitch: false,
    begin:
      ({ overwrite }) =>
      async (path, frames) => {
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
