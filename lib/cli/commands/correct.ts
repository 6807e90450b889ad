import { dirname } from 'node:path'
import { OptionError } from '../../errors.js'
import type { Region } from '../../frame/region.js'
import { correctScan } from '../../jobs/correct-scan.js'
import type { CorrectedFile, CorrectScanEvent, CorrectScanOptions } from '../../jobs/correct-scan.js'
import { formatNumber } from '../../report/format-number.js'
import { reportFiles } from '../../report/report-files.js'
import { errorDocument } from '../describe-error.js'
import { EXIT } from '../exit-code-of.js'
import { markPrinted } from '../mark-printed.js'
import { readingOf } from '../reading-of.js'
import type { ReadingOptions } from '../reading-of.js'
import type { Terminal } from '../terminal.js'

/** Options of `flatpanel correct`, as the argument parser gives them. */
export interface CorrectCommandOptions extends ReadingOptions, Omit<CorrectScanOptions, 'format' | 'raw' | 'onEvent' | 'signal' | 'beam'> {
  readonly beamRegion?: readonly Region[]
  readonly beamOnObject?: 'refuse' | 'previous'
}

/** `flatpanel correct`: corrected files, one per input or one for all; stops at the first bad file and keeps what is finished. */
export async function runCorrect(options: CorrectCommandOptions, terminal: Terminal): Promise<number> {
  const { calibration } = options
  const finished: CorrectedFile[] = []
  let planned: number | null = null
  const onEvent = (event: CorrectScanEvent): void => {
    if (event.type === 'progress') terminal.progress.report(event.stage, event.done, event.total)
    else if (event.type === 'planned') planned = event.files
    else if (event.type === 'warning') terminal.say(`warning: ${event.message}`)
    else finished.push(...event.files)
  }
  try {
    const { beamRegion: _, beamOnObject: __, ...rest } = options
    const document = await correctScan({ ...rest, ...readingOf(options), beam: beamOf(options), onEvent, signal: terminal.signal })
    const { files, skipped, leftOut } = document
    terminal.progress.stop()
    if (leftOut.length > 0)
      terminal.say(`${leftOut.length} of ${files.length + leftOut.length} files say that they hold darks or flats only, and were left out`)
    if (skipped.length > 0)
      terminal.print([
        { kind: 'note', text: `${skipped.length} corrected files were there already, from this calibration, these options and inputs` }
      ])
    const remarked = files.map((file) => ({ ...file, remarks: remarksOf(file) }))
    terminal.print(reportFiles('corrected', options.out ?? dirname(options.into!), remarked))
    terminal.document(document)
    return EXIT.done
  } catch (error) {
    terminal.progress.stop()
    if (planned === null) throw error
    terminal.say(`${finished.length} of ${planned} files finished and kept${finished.map((file) => `\n  ${file.output}`).join('')}`)
    terminal.document({ ...errorDocument(error), schema: 'flatpanel.correct/1', calibration, files: finished })
    markPrinted(error)
    throw error
  }
}

function beamOf({ beamRegion, beamOnObject }: CorrectCommandOptions): CorrectScanOptions['beam'] {
  if (beamRegion !== undefined) return { regions: beamRegion, ...(beamOnObject && { onObject: beamOnObject }) }
  if (beamOnObject === undefined) return undefined
  throw new OptionError({ subject: 'option "--beam-on-object"', expected: '--beam-region with it', received: 'none' })
}

function remarksOf({ pages, saturated, clamped, nonFinite, unrepaired, beamFactors, readWith }: CorrectedFile): string[] {
  return [
    pages === 1 ? '' : `${pages} pages`,
    beamFactors === null ? '' : `beam x ${[...new Set(beamFactors.map((factor) => formatNumber(factor, 4)))].join(' to ')}`,
    saturated === null ? 'saturation unknown' : saturated > 0 ? `${saturated} saturated pixels` : '',
    clamped > 0 ? `${clamped} clamped` : '',
    nonFinite > 0 ? `${nonFinite} not finite` : '',
    unrepaired > 0 ? `${unrepaired} filled for display only` : '',
    readWith === null ? '' : `read it with ${readWith}`
  ].filter((fact) => fact !== '')
}
