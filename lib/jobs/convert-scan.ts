import { AbortedError, OptionError } from '../errors.js'
import type { RawFrame } from '../frame/raw-frame.js'
import { countFrames } from '../io/count-frames.js'
import { findFrames } from '../io/find-frames.js'
import { readFrames } from '../io/read-frames.js'
import type { JobOptions, JobProgress } from './job-options.js'
import { dicomSeries } from './output/dicom-series.js'
import { firstTime } from './output/first-time.js'
import type { OutputFormat } from './output/frame-writer.js'
import { FRAME_WRITERS } from './output/frame-writers.js'
import { makeFolder } from './output/make-folder.js'
import { alreadyThere, planOutputs } from './output/plan-outputs.js'
import { splitByOutput } from './output/split-by-output.js'
import { unitsOf } from './output/units-of.js'
import { writeInGroups } from './output/write-in-groups.js'
import { scanReading } from './scan-reading.js'
import type { ScanReading } from './scan-reading.js'

/** Options of {@link convertScan}. */
export interface ConvertScanOptions extends Omit<ScanReading, 'allowCorrected'>, JobOptions<ConvertScanEvent> {
  /** Files, folders or patterns, as for `findFrames`. */
  readonly frames: readonly string[]
  /** Folder of the outputs; made where it is missing. */
  readonly out: string
  readonly to: OutputFormat
  /**
   * Distance of pixels in mm, [between rows, between columns], for DICOM and HDF5.
   * @default as the frames say
   */
  readonly pixelPitch?: readonly [number, number]
  /**
   * Replace outputs that are there.
   * @default false
   */
  readonly force?: boolean
}

/** One file in another format. */
export interface ConvertedFile {
  readonly input: string
  readonly output: string
  readonly frames: number
  /** Options by which the file is read again, where it does not say itself what it is. */
  readonly readWith: string | null
}

/** What {@link convertScan} tells of while it works. */
export type ConvertScanEvent =
  | JobProgress
  /** These files are whole, under their names and on the disk, in the order of the inputs. */
  | { readonly type: 'finished'; readonly files: readonly ConvertedFile[] }
  /** How many there are to write; comes before the first. */
  | { readonly type: 'planned'; readonly files: number }

/** What {@link convertScan} did. */
export interface ConvertScanDocument {
  readonly schema: 'flatpanel.convert/1'
  readonly files: readonly ConvertedFile[]
}

/** The disk, not the processor, is what this waits for. */
const AT_ONCE = 2

/**
 * Write the frames of a scan in another format, values as stored, one file per input; DICOM one per frame. What the files say of the
 * exposure, and that they were corrected, is kept. Outputs come to their names in the order of the inputs, each one whole; when one fails,
 * those before it are kept, and nothing is left of the others.
 * @throws {OptionError} ERR_OPTION, {StackError} ERR_STACK, {ExistsError} ERR_EXISTS, {FormatError} ERR_FORMAT, {IoError} ERR_IO,
 * {AbortedError} ERR_ABORTED
 */
export async function convertScan(options: ConvertScanOptions): Promise<ConvertScanDocument> {
  const { out, to, pixelPitch, force = false, onEvent = () => {}, signal } = options
  const writer = FRAME_WRITERS[to]
  if (pixelPitch !== undefined && !writer.statesPitch) {
    throw new OptionError({ subject: '--pitch', expected: '--to dicom or hdf5, which have a place for it', received: `--to ${to}` })
  }
  const reading = { ...scanReading(options), hash: false, reuse: true }
  const framesOf = writer.oneFrameEach ? (input: string) => countFrames([input], reading) : undefined
  const inputs = await findFrames(options.frames)
  const plan = await planOutputs(inputs, { to: { folder: out }, writer, force, framesOf })
  const stranger = plan.find(({ isThere }) => isThere)
  if (stranger && !force) throw alreadyThere(stranger.output)
  onEvent({ type: 'planned', files: plan.length })
  const folder = await makeFolder(out)
  const files: ConvertedFile[] = []
  const report = (): void => onEvent({ type: 'progress', stage: 'converting', done: files.length, total: plan.length })
  try {
    const series = to === 'dicom' ? dicomSeries(undefined, await firstTime(inputs, reading)) : undefined
    report()
    await writeInGroups(
      unitsOf(plan),
      async ({ inputs: own, outputs }, replace, going): Promise<ConvertedFile[]> => {
        const converted: ConvertedFile[] = []
        for await (const { target, frames } of splitByOutput(readFrames(own, reading), outputs, writer.oneFrameEach)) {
          const counted = { frames: 0 }
          const settings = { overwrite: force, pixelPitch, series, replace }
          const readWith = await writer.write(
            { output: target.output, number: target.number, facts: {} },
            count(frames, counted, going),
            settings
          )
          converted.push({ input: own[0], output: target.output, ...counted, readWith })
        }
        return converted
      },
      {
        what: 'convert',
        atOnce: AT_ONCE,
        signal,
        onDone: (converted) => {
          files.push(...converted)
          onEvent({ type: 'finished', files: converted })
          report()
        }
      }
    )
  } finally {
    if (files.length === 0) await folder.removeIfEmpty()
  }
  return { schema: 'flatpanel.convert/1', files }
}

async function* count(frames: AsyncIterable<RawFrame>, counted: { frames: number }, signal: AbortSignal): AsyncGenerator<RawFrame> {
  for await (const frame of frames) {
    if (signal.aborted) throw new AbortedError('convert', signal.reason)
    counted.frames++
    yield frame
  }
}
