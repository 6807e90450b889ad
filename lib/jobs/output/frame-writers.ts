import { stat, writeFile } from 'node:fs/promises'
import type { RawFrame } from '../../frame/raw-frame.js'
import { toKernelPixels } from '../../frame/to-kernel-pixels.js'
import { formatFrameNote } from '../../io/format-frame-note.js'
import { writeTiff } from '../../io/formats/tiff/write-tiff.js'
import type { TiffPage } from '../../io/formats/tiff/write-tiff.js'
import { noteBeside, readNoteBeside } from '../../io/read-note-beside.js'
import { readWrittenNote, readWrittenProvenance } from '../../io/read-written-note.js'
import type { WrittenNote } from '../../io/read-written-note.js'
import type { ReplaceFile } from '../../io/replace-file.js'
import { writeHdf5 } from '../../io/write-hdf5.js'
import { writeNpy } from '../../io/write-npy.js'
import { writeRaw } from '../../io/write-raw.js'
import { DICOM_WRITER } from './dicom-writer.js'
import type { FrameWriter, OutputFile, OutputFormat } from './frame-writer.js'

/** Formats that frames are written in, by name. */
export const FRAME_WRITERS: Readonly<Record<OutputFormat, FrameWriter>> = {
  tiff: {
    ending: '.tif',
    oneFrameEach: false,
    statesPitch: false,
    async write({ output, facts }, frames, { overwrite, compression, replace }) {
      await writeTiff(output, tiffPages(frames, facts), { overwrite, compression, replace })
      return null
    },
    isDone: async ({ output, facts }) => isOfJob(await readWrittenNote(output), facts)
  },
  npy: {
    ending: '.npy',
    oneFrameEach: false,
    statesPitch: false,
    beside: noteBeside,
    async write(file, frames, { overwrite, replace }) {
      const noted = noteFirst(frames)
      await writeNpy(file.output, noted.frames, { overwrite, replace: besideNote(file, noted, replace) })
      return null
    },
    isDone: isDoneBeside
  },
  hdf5: {
    ending: '.nxs',
    oneFrameEach: false,
    statesPitch: true,
    async write({ output, facts }, frames, { overwrite, pixelPitch, replace }) {
      const provenance = Object.keys(facts).length === 0 ? undefined : facts
      await writeHdf5(output, frames, { overwrite, replace, info: pixelPitch && { pixelPitch }, provenance })
      return null
    },
    isDone: async ({ output, facts }) => isOfJob(await readWrittenProvenance(output), facts)
  },
  dicom: DICOM_WRITER,
  raw: {
    ending: '.raw',
    oneFrameEach: false,
    statesPitch: false,
    beside: noteBeside,
    async write(file, frames, { overwrite, replace }) {
      const noted = noteFirst(frames)
      const { rows, cols, type } = await writeRaw(file.output, noted.frames, { overwrite, replace: besideNote(file, noted, replace) })
      return `--rows ${rows} --cols ${cols} --dtype ${type}`
    },
    isDone: isDoneBeside
  }
}

/** u16 and f32 as they are, the other types where every value is exact in float32. */
async function* tiffPages(frames: AsyncIterable<RawFrame>, facts: OutputFile['facts']): AsyncGenerator<TiffPage> {
  for await (const { data, shape, info } of frames) {
    const description = formatFrameNote(info, facts)
    yield { data: toKernelPixels(info?.name ?? 'frame', data), shape, pixelPitch: info?.pixelPitch, description }
  }
}

interface NotedFrames {
  readonly frames: AsyncIterable<RawFrame>
  /** What the first frame said of itself, once it was there. */
  info: RawFrame['info']
}

function noteFirst(frames: AsyncIterable<RawFrame>): NotedFrames {
  const noted: NotedFrames = { frames: watch(), info: undefined }
  async function* watch(): AsyncGenerator<RawFrame> {
    for await (const frame of frames) {
      noted.info ??= frame.info ?? {}
      yield frame
    }
  }
  return noted
}

/**
 * Bring a file to its name with its note. The note comes first: were the run killed between the two, no corrected file would stand there
 * without its mark; and the note says which file it means.
 */
function besideNote({ output, facts }: OutputFile, noted: NotedFrames, replace: ReplaceFile): ReplaceFile {
  const writeBoth = async (temporaryPath: string, write: (path: string) => Promise<void>): Promise<void> => {
    await write(temporaryPath)
    const corrected = noted.info?.corrections !== undefined
    if (!corrected && Object.keys(facts).length === 0 && formatFrameNote(noted.info) === undefined) return
    const note = formatFrameNote(noted.info, { ...facts, of: await identityOf(temporaryPath) })
    await replace(noteBeside(output), (path) => writeFile(path, `${note}\n`), { overwrite: true })
  }
  return (path, write, options) => replace(path, (temporaryPath) => writeBoth(temporaryPath, write), options)
}

async function isDoneBeside({ output, facts }: OutputFile): Promise<boolean> {
  const note = await readNoteBeside(output)
  const of = note?.fields.of as { bytes?: unknown; modified?: unknown } | undefined
  const { bytes, modified } = await identityOf(output)
  return of?.bytes === bytes && of.modified === modified && isOfJob(note?.fields ?? null, facts)
}

/** Stays with the file when it is renamed. */
async function identityOf(path: string): Promise<{ bytes: number; modified: string }> {
  const { size, mtimeNs } = await stat(path, { bigint: true })
  return { bytes: Number(size), modified: String(mtimeNs) }
}

function isOfJob(note: WrittenNote | null, { job }: OutputFile['facts']): boolean {
  return job !== undefined && note?.job === job
}
