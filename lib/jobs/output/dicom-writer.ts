import { OptionError } from '../../errors.js'
import type { RawFrame } from '../../frame/raw-frame.js'
import { newUid } from '../../io/formats/dicom/new-uid.js'
import { readInstanceUid } from '../../io/read-instance-uid.js'
import { writeDicom } from '../../io/write-dicom.js'
import { dicomSeries, uidOf } from './dicom-series.js'
import type { FrameWriter } from './frame-writer.js'

/**
 * DICOM, DX for processing: one frame to a file, the frames of a run are a series. Where a job is named, UIDs follow from it, so that a run
 * that is taken up again writes the same files and knows its own.
 */
export const DICOM_WRITER: FrameWriter = {
  ending: '.dcm',
  oneFrameEach: true,
  statesPitch: true,
  async write({ output, number, facts }, frames, { overwrite, pixelPitch, series = dicomSeries(undefined, ''), replace }) {
    for await (const frame of frames) {
      if (pixelPitch === undefined && frame.info?.pixelPitch === undefined) {
        const expected = '--pitch, as DICOM must state it and the frame does not'
        throw new OptionError({ subject: `pixel pitch of ${frame.info?.name}`, expected, received: 'none' })
      }
      const instanceUid = facts.job === undefined ? newUid() : instanceUidOf(facts.job, number)
      const named = { ...series, instanceUid, instanceNumber: number }
      await writeDicom(output, widened(frame), { overwrite, replace, pixelPitch, ...named })
    }
    return null
  },
  isDone: async ({ output, number, facts: { job } }) => job !== undefined && (await readInstanceUid(output)) === instanceUidOf(job, number)
}

function instanceUidOf(job: string, number: number): string {
  return uidOf('instance', `${job} ${number}`)
}

/** DX for processing as we write it has pixels of 16 bits. */
function widened({ data, shape, info }: RawFrame): RawFrame {
  return data instanceof Uint8Array ? { data: Uint16Array.from(data), shape, info: { bitsUsed: 8, ...info } } : { data, shape, info }
}
