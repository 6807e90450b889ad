import { basename } from 'node:path'
import { AbortedError, StackError } from '../../errors.js'
import type { CorrectedFrame } from '../../frame/corrected-frame.js'
import { findFrames } from '../../io/find-frames.js'
import { writeTiff } from '../../io/formats/tiff/write-tiff.js'
import { loadCalibration } from '../../io/load-calibration.js'
import { readFrames } from '../../io/read-frames.js'
import type { ReadFramesOptions } from '../../io/read-frames.js'
import { reportFiles } from '../../report/report-files.js'
import { version } from '../../version.js'
import { errorDocument } from '../describe-error.js'
import { EXIT } from '../exit-code-of.js'
import { makeFolder } from '../make-folder.js'
import { markPrinted } from '../mark-printed.js'
import { openFrameCorrector } from '../open-frame-corrector.js'
import type { OpenFrameCorrector } from '../open-frame-corrector.js'
import { planOutputs } from '../plan-outputs.js'
import { readingOf } from '../reading-of.js'
import type { ReadingOptions } from '../reading-of.js'
import type { Terminal } from '../terminal.js'

/** Options of `flatpanel correct`, as the argument parser gives them. */
export interface CorrectCommandOptions extends ReadingOptions {
  readonly frames: readonly string[]
  readonly calibration: string
  readonly out: string
  readonly output?: 'float32' | 'uint16'
  readonly pedestal?: number
  readonly compression?: 'none' | 'deflate'
  readonly threads?: number
  readonly force?: boolean
}

/** What was done to one input file, over its pages. Pixel counts; null where the calibration does not know. */
interface CorrectedFile {
  readonly input: string
  readonly output: string
  pages: number
  saturated: number | null
  clamped: number
  nonFinite: number
  /** Repaired pixels of a page that cannot be trusted: filled for display. */
  unrepaired: number
}

/** What serves every file: the corrector, with the one buffer that all corrected pages pass through. */
interface Job {
  readonly corrector: OpenFrameCorrector
  readonly reading: ReadFramesOptions
  readonly signal: AbortSignal
}

/**
 * `flatpanel correct`: one corrected TIFF per input file; stops at the first bad file and keeps what is finished. Files that say that
 * all of their frames are darks or flats are left out, as in a series of DICOM.
 */
export async function runCorrect(options: CorrectCommandOptions, terminal: Terminal): Promise<number> {
  const inputs = await findFrames(options.frames)
  const { out: folderPath, force = false, calibration: calibrationFile } = options
  const planned = await planOutputs(inputs, { out: folderPath, ending: '.tif', force, used: [calibrationFile] })
  const plan: CorrectedFile[] = planned.map((file) => ({ ...file, pages: 0, saturated: 0, clamped: 0, nonFinite: 0, unrepaired: 0 }))
  const calibration = await loadCalibration(options.calibration)
  const settings = {
    output: options.output ?? 'float32',
    ...(options.pedestal !== undefined && { pedestal: options.pedestal }),
    allowCorrected: options.allowCorrected ?? false
  }
  // opened before the folder is made: what is wrong with the options leaves nothing behind
  const corrector = openFrameCorrector(calibration, settings, options.threads)
  try {
    return await correctFiles(
      plan,
      { corrector, reading: { ...readingOf(options), role: 'projection' }, signal: terminal.signal },
      options,
      terminal
    )
  } finally {
    await corrector.close()
  }
}

async function correctFiles(plan: readonly CorrectedFile[], job: Job, options: CorrectCommandOptions, terminal: Terminal): Promise<number> {
  const folder = await makeFolder(options.out)
  const finished: CorrectedFile[] = []
  const leftOut: string[] = []
  try {
    for (const [index, file] of plan.entries()) {
      terminal.progress.report('correcting', index, plan.length)
      if (terminal.signal.aborted) throw new AbortedError('correct', terminal.signal.reason)
      if (await correctFile(file, job, options)) finished.push(file)
      else leftOut.push(file.input)
    }
    if (finished.length === 0) {
      throw new StackError({
        subject: options.frames.join(' '),
        expected: 'frames to correct',
        received: 'darks and flats only, as the files say'
      })
    }
    terminal.progress.report('correcting', plan.length, plan.length)
  } catch (error) {
    terminal.progress.stop()
    await folder.removeIfEmpty()
    terminal.say(`${finished.length} of ${plan.length} files finished and kept${finished.map((file) => `\n  ${file.output}`).join('')}`)
    terminal.document({ ...errorDocument(error), schema: 'flatpanel.correct/1', calibration: options.calibration, files: finished })
    markPrinted(error)
    throw error
  }
  terminal.progress.stop()
  if (leftOut.length > 0)
    terminal.say(`${leftOut.length} of ${plan.length} files say that they hold darks or flats only, and were left out`)
  terminal.print(
    reportFiles(
      'corrected',
      options.out,
      finished.map((file) => ({ ...file, remarks: remarksOf(file) }))
    )
  )
  terminal.document({ schema: 'flatpanel.correct/1', calibration: options.calibration, files: finished, leftOut })
  return EXIT.done
}

/** @returns false when there was nothing to correct, and nothing was written */
async function correctFile(file: CorrectedFile, job: Job, options: CorrectCommandOptions): Promise<boolean> {
  const { calibration, output, pedestal, compression, force } = options
  const description = JSON.stringify({
    program: `flatpanel ${version}`,
    calibration: basename(calibration),
    output: output ?? 'float32',
    ...(pedestal !== undefined && { pedestal }),
    input: basename(file.input)
  })
  const pages = correctPages(file, job)
  try {
    const first = await pages.next()
    if (first.done) return false
    await writeTiff(file.output, startingWith(first.value, pages), {
      compression: compression ?? 'none',
      description,
      overwrite: force ?? false
    })
    return true
  } finally {
    await pages.return(undefined)
  }
}

async function* startingWith<T>(first: T, others: AsyncIterable<T>): AsyncGenerator<T> {
  yield first
  yield* others
}

async function* correctPages(file: CorrectedFile, { corrector, reading, signal }: Job): AsyncGenerator<CorrectedFrame> {
  for await (const frame of readFrames([file.input], { ...reading, hash: false })) {
    if (signal.aborted) throw new AbortedError('correct', signal.reason)
    const { saturated, clamped, nonFinite, unrepaired } = await corrector.correct(frame)
    yield corrector.out
    file.pages++
    file.saturated = file.saturated === null || saturated === null ? null : file.saturated + saturated
    file.clamped += clamped
    file.nonFinite += nonFinite
    file.unrepaired += unrepaired
  }
}

function remarksOf({ pages, saturated, clamped, nonFinite, unrepaired }: CorrectedFile): string[] {
  return [
    pages === 1 ? '' : `${pages} pages`,
    saturated === null ? 'saturation unknown' : saturated > 0 ? `${saturated} saturated pixels` : '',
    clamped > 0 ? `${clamped} clamped` : '',
    nonFinite > 0 ? `${nonFinite} not finite` : '',
    unrepaired > 0 ? `${unrepaired} filled for display only` : ''
  ].filter((fact) => fact !== '')
}
