import { AbortedError } from '../../errors.js'
import type { RawFrame } from '../../frame/raw-frame.js'
import { findFrames } from '../../io/find-frames.js'
import { readFrames } from '../../io/read-frames.js'
import type { ReadFramesOptions } from '../../io/read-frames.js'
import { errorDocument } from '../describe-error.js'
import { EXIT } from '../exit-code-of.js'
import { FRAME_WRITERS } from '../frame-writers.js'
import type { FrameWriterName } from '../frame-writers.js'
import { makeFolder } from '../make-folder.js'
import { markPrinted } from '../mark-printed.js'
import { planOutputs } from '../plan-outputs.js'
import { readingOf } from '../reading-of.js'
import type { ReadingOptions } from '../reading-of.js'
import type { Terminal } from '../terminal.js'

/** Options of `flatpanel convert`, as the argument parser gives them. */
export interface ConvertCommandOptions extends ReadingOptions {
  readonly frames: readonly string[]
  readonly out: string
  readonly to: FrameWriterName
  readonly force?: boolean
}

interface ConvertedFile {
  readonly input: string
  readonly output: string
  readonly frames: number
  /** Options by which the file is read again, where it does not say itself what it is. */
  readonly readWith: string | null
}

/** `flatpanel convert`: every file in another format, values as stored; stops at the first bad file and keeps what is finished. */
export async function runConvert(options: ConvertCommandOptions, terminal: Terminal): Promise<number> {
  const { out, to, force = false } = options
  const writer = FRAME_WRITERS[to]
  const plan = await planOutputs(await findFrames(options.frames), { out, ending: writer.ending, force })
  const reading = { ...readingOf(options), hash: false }
  const folder = await makeFolder(out)
  const finished: ConvertedFile[] = []
  try {
    for (const [index, { input, output }] of plan.entries()) {
      terminal.progress.report('converting', index, plan.length)
      const counted = { frames: 0 }
      const readWith = (await writer.write(output, countFramesOf(input, reading, counted, terminal), force)) ?? null
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
  for (const file of finished) terminal.print(describe(file))
  terminal.document({ schema: 'flatpanel.convert/1', files: finished })
  return EXIT.done
}

async function* countFramesOf(
  input: string,
  reading: ReadFramesOptions,
  counted: { frames: number },
  { signal }: Terminal
): AsyncGenerator<RawFrame> {
  for await (const frame of readFrames([input], reading)) {
    if (signal.aborted) throw new AbortedError('convert', signal.reason)
    counted.frames++
    yield frame
  }
}

function describe({ input, output, frames, readWith }: ConvertedFile): string {
  const facts = [frames === 1 ? '' : `${frames} frames`, readWith === null ? '' : `read it with ${readWith}`].filter((fact) => fact !== '')
  return `${input} -> ${output}${facts.length > 0 ? ` (${facts.join('; ')})` : ''}`
}
