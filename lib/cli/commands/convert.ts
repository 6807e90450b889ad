import { convertScan } from '../../jobs/convert-scan.js'
import type { ConvertedFile, ConvertScanEvent } from '../../jobs/convert-scan.js'
import type { OutputFormat } from '../../jobs/output/frame-writer.js'
import { reportFiles } from '../../report/report-files.js'
import { errorDocument } from '../describe-error.js'
import { EXIT } from '../exit-code-of.js'
import { markPrinted } from '../mark-printed.js'
import { readingOf } from '../reading-of.js'
import type { ReadingOptions } from '../reading-of.js'
import type { Terminal } from '../terminal.js'

/** Options of `flatpanel convert`, as the argument parser gives them. */
export interface ConvertCommandOptions extends ReadingOptions {
  readonly frames: readonly string[]
  readonly out: string
  readonly to: OutputFormat
  /** Micrometres. */
  readonly pitch?: number
  readonly force?: boolean
}

/** `flatpanel convert`: every file in another format; stops at the first bad file and keeps what is finished. */
export async function runConvert(options: ConvertCommandOptions, terminal: Terminal): Promise<number> {
  const { frames, out, to, pitch, force } = options
  const finished: ConvertedFile[] = []
  let planned: number | null = null
  const onEvent = (event: ConvertScanEvent): void => {
    if (event.type === 'progress') terminal.progress.report(event.stage, event.done, event.total)
    else if (event.type === 'planned') planned = event.files
    else finished.push(...event.files)
  }
  try {
    const pixelPitch = pitch === undefined ? undefined : ([pitch / 1000, pitch / 1000] as const)
    const document = await convertScan({ frames, out, to, pixelPitch, force, ...readingOf(options), onEvent, signal: terminal.signal })
    terminal.progress.stop()
    const files = document.files.map((file) => ({ ...file, remarks: remarksOf(file) }))
    terminal.print(reportFiles('converted', out, files))
    terminal.document(document)
    return EXIT.done
  } catch (error) {
    terminal.progress.stop()
    if (planned === null) throw error
    terminal.say(`${finished.length} of ${planned} files finished and kept${finished.map((file) => `\n  ${file.output}`).join('')}`)
    terminal.document({ ...errorDocument(error), schema: 'flatpanel.convert/1', files: finished })
    markPrinted(error)
    throw error
  }
}

function remarksOf({ frames, readWith }: ConvertedFile): string[] {
  return [frames === 1 ? '' : `${frames} frames`, readWith === null ? '' : `read it with ${readWith}`].filter((fact) => fact !== '')
}
