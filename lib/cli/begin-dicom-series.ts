import { OptionError } from '../errors.js'
import type { RawFrame } from '../frame/raw-frame.js'
import { newUid } from '../io/formats/dicom/new-uid.js'
import { writeDicom } from '../io/write-dicom.js'
import type { FrameWriterSettings, WriteFrames } from './frame-writer.js'

/** Begin a series of DICOM: the frames of a run are numbered in the order in which they come, one to a file. */
export function beginDicomSeries({ overwrite, pixelPitch }: FrameWriterSettings): WriteFrames {
  const studyUid = newUid()
  const seriesUid = newUid()
  let studyTime: string | undefined
  let instanceNumber = 0
  return async (path, frames) => {
    for await (const frame of frames) {
      if (pixelPitch === undefined && frame.info?.pixelPitch === undefined) {
        const expected = '--pitch, as DICOM must state it and the frame does not'
        throw new OptionError({ subject: `pixel pitch of ${frame.info?.name}`, expected, received: 'none' })
      }
      studyTime ??= frame.info?.time ?? ''
      instanceNumber++
      await writeDicom(path, widened(frame), { overwrite, pixelPitch, studyUid, seriesUid, studyTime, instanceNumber })
    }
    return undefined
  }
}

/** DX for processing as we write it has pixels of 16 bits. */
function widened({ data, shape, info }: RawFrame): RawFrame {
  return data instanceof Uint8Array ? { data: Uint16Array.from(data), shape, info: { bitsUsed: 8, ...info } } : { data, shape, info }
}
