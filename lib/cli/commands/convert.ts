import { AbortedError, OptionError, StackError } from '../../errors.js'
import type { RawFrame } from '../../frame/raw-frame.js'
import { countFrames } from '../../io/count-frames.js'
import { findFrames } from '../../io/find-frames.js'
import { readFrames } from '../../io/read-frames.js'
import type { ReadFramesOptions } from '../../io/read-frames.js'
import { reportFiles } from '../../report/report-files.js'
import { errorDocument } from '../describe-error.js'
import { EXIT } from '../exit-code-of.js'
import type { FrameWriter } from '../frame-writer.js'
import { FRAME_WRITERS } from '../frame-writers.js'
import type { FrameWriterName } from '../frame-writers.js'
import { makeFolder } from '../make-folder.js'
import { markPrinted } from '../mark-printed.js'
import { planOutputs } from '../plan-outputs.js'
import type { PlannedOutput } from '../plan-outputs.js'
import { readingOf } from '../reading-of.js'
import type { ReadingOptions } from '../reading-of.js'
import type { Terminal } from '../terminal.js'

/** Options of `flatpanel convert`, as the argument parser gives them. */
export interface ConvertCommandOptions extends ReadingOptions {
  readonly frames: readonly string[]
  readonly out: string
  readonly to: FrameWriterName
  /** Micrometres. */
  readonly pitch?: number
  readonly force?: boolean
}

interface ConvertedFile {
  readonly input: string
  readonly output: string
  readonly frames: number
  /** Options by which the file is read again, where it does not say itself what it is. */
  readonly readWith: string | null
}

/**
 * `flatpanel convert`: every file in another format, values as stored; stops at the first bad file and keeps what is finished. Where a
 * file of that format holds one frame, every frame becomes a file.
 */
export async function runConvert(options: ConvertCommandOptions, terminal: Terminal): Promise<number> {
  const { out, to, pitch, force = false } = options
  const writer: FrameWriter = FRAME_WRITERS[to]
  if (pitch !== undefined && !writer.statesPitch) {
    throw new OptionError({ subject: '--pitch', expected: '--to dicom or hdf5, which have a place for it', received: `--to ${to}` })
  }
  const reading = { ...readingOf(options), hash: false }
  const framesOf = writer.oneFrameEach ? (input: string) => countFrames([input], reading) : undefined
  const plan = await planOutputs(await findFrames(options.frames), { out, ending: writer.ending, force, framesOf })
  const write = writer.begin({ overwrite: force, pixelPitch: pitch === undefined ? undefined : [pitch / 1000, pitch / 1000] })
  const folder = await makeFolder(out)
  const finished: ConvertedFile[] = []
  try {
    const outputs = (writer.oneFrameEach ? frameByFrame : fileByFile)(plan, reading, terminal)
    for await (const { input, output, frames } of outputs) {
      terminal.progress.report('converting', finished.length, plan.length)
      const counted = { frames: 0 }
      const readWith = (await write(output, count(frames, counted))) ?? null
      finished.push({ input, output, frames: counted.frames, readWith })
    }
    terminal.progress.report('converting', plan.length, plan.length)
  } catch (error) {
    terminal.progress.stop()
    await folder.removeIfEmpty()
    terminal.say(`${finished.length} of ${plan.length} files finished and kept${finished.map((file) => `\n  ${file.output}`).join('')}`)
    terminal.document({ ...errorDocument(error), schema: 'flatpanel.convert/1', files: finished })
    markPrinted(error)
    throw error
  }
  terminal.progress.stop()
  terminal.print(
    reportFiles(
      'converted',
      out,
      finished.map((file) => ({ ...file, remarks: remarksOf(file) }))
    )
  )
  terminal.document({ schema: 'flatpanel.convert/1', files: finished })
  return EXIT.done
}

interface OutputFrames extends PlannedOutput {
  readonly frames: AsyncIterable<RawFrame>
}

async function* fileByFile(plan: readonly PlannedOutput[], reading: ReadFramesOptions, terminal: Terminal): AsyncGenerator<OutputFrames> {
  for (const { input, output } of plan) yield { input, output, frames: framesOfFile(input, reading, terminal) }
}

/** The outputs of an input stand together in the plan. */
async function* frameByFrame(plan: readonly PlannedOutput[], reading: ReadFramesOptions, terminal: Terminal): AsyncGenerator<OutputFrames> {
  for (let next = 0; next < plan.length;) {
    const { input } = plan[next]
    for await (const frame of framesOfFile(input, reading, terminal)) {
      if (plan[next]?.input !== input)
        throw new StackError({ subject: input, expected: 'as many frames as were counted', received: 'more' })
      yield { input, output: plan[next++].output, frames: only(frame) }
    }
    if (plan[next]?.input === input) throw new StackError({ subject: input, expected: 'as many frames as were counted', received: 'fewer' })
  }
}

async function* framesOfFile(input: string, reading: ReadFramesOptions, { signal }: Terminal): AsyncGenerator<RawFrame> {
  for await (const frame of readFrames([input], reading)) {
    if (signal.aborted) throw new AbortedError('convert', signal.reason)
    yield frame
  }
}

async function* only(frame: RawFrame): AsyncGenerator<RawFrame> {
  yield frame
}

async function* count(frames: AsyncIterable<RawFrame>, counted: { frames: number }): AsyncGenerator<RawFrame> {
  for await (const frame of frames) {
    counted.frames++
    yield frame
  }
}

function remarksOf({ frames, readWith }: ConvertedFile): string[] {
  return [frames === 1 ? '' : `${frames} frames`, readWith === null ? '' : `read it with ${readWith}`].filter((fact) => fact !== '')
}
