import { mkdir, realpath, rmdir } from 'node:fs/promises'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { AbortedError, ExistsError, IoError } from '../../errors.js'
import type { CorrectedFrame } from '../../frame/corrected-frame.js'
import { fileExists } from '../../io/file-exists.js'
import { findFrames } from '../../io/find-frames.js'
import type { RawLayout } from '../../io/formats/raw.js'
import { writeTiff } from '../../io/formats/tiff/write-tiff.js'
import { loadCalibration } from '../../io/load-calibration.js'
import { readFrames } from '../../io/read-frames.js'
import { version } from '../../version.js'
import { errorDocument } from '../describe-error.js'
import { EXIT } from '../exit-code-of.js'
import { markPrinted } from '../mark-printed.js'
import { openFrameCorrector } from '../open-frame-corrector.js'
import type { OpenFrameCorrector } from '../open-frame-corrector.js'
import { rawLayout } from '../raw-layout.js'
import type { RawOptions } from '../raw-layout.js'
import type { Terminal } from '../terminal.js'

/** Options of `flatpanel correct`, as the argument parser gives them. */
export interface CorrectCommandOptions extends RawOptions {
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
  readonly raw: RawLayout | undefined
  readonly signal: AbortSignal
}

/** `flatpanel correct`: one corrected TIFF per input file; stops at the first bad file and keeps what is finished. */
export async function runCorrect(options: CorrectCommandOptions, terminal: Terminal): Promise<number> {
  const inputs = await findFrames(options.frames)
  const plan = await planOutputs(inputs, options)
  const calibration = await loadCalibration(options.calibration)
  const settings = { output: options.output ?? 'float32', ...(options.pedestal !== undefined && { pedestal: options.pedestal }) }
  const corrector = openFrameCorrector(calibration, settings, options.threads)
  const job: Job = { corrector, raw: rawLayout(options), signal: terminal.signal }
  const made = await makeFolder(options.out)
  const finished: CorrectedFile[] = []
  try {
    for (const [index, file] of plan.entries()) {
      terminal.progress.report('correcting', index, plan.length)
      if (terminal.signal.aborted) throw new AbortedError('correct', terminal.signal.reason)
      await correctFile(file, job, options)
      finished.push(file)
    }
    terminal.progress.report('correcting', plan.length, plan.length)
  } catch (error) {
    terminal.progress.stop()
    if (made !== undefined) await removeEmptyFolders(options.out, made)
    terminal.say(`${finished.length} of ${plan.length} files finished and kept${finished.map((file) => `\n  ${file.output}`).join('')}`)
    terminal.document({ ...errorDocument(error), schema: 'flatpanel.correct/1', calibration: options.calibration, files: finished })
    markPrinted(error)
    throw error
  } finally {
    await corrector.close()
  }
  terminal.progress.stop()
  for (const file of finished) terminal.print(describe(file))
  terminal.document({ schema: 'flatpanel.correct/1', calibration: options.calibration, files: finished })
  return EXIT.done
}

/** Refuse, before anything is written: equal names, an output that is an input, an output that is there. */
async function planOutputs(inputs: readonly string[], { out, force, calibration }: CorrectCommandOptions): Promise<CorrectedFile[]> {
  const folder = (await fileExists(out)) ? await realpath(out) : resolve(out)
  const protectedFiles = new Map<string, string>()
  const used = (await fileExists(calibration)) ? [...inputs, calibration] : inputs
  for (const input of used) protectedFiles.set(await realpath(input), input)
  const byName = new Map<string, string>()
  const plan: CorrectedFile[] = []
  for (const input of inputs) {
    const name = `${basename(input, extname(input))}.tif`
    const twin = byName.get(name.toLowerCase())
    if (twin !== undefined) {
      throw new ExistsError({ subject: name, expected: 'one input for each output name', received: `${twin} and ${input}` })
    }
    byName.set(name.toLowerCase(), input)
    const output = join(out, name)
    const there = await fileExists(output)
    const target = there ? await realpath(output).catch(() => join(folder, name)) : join(folder, name)
    const victim = protectedFiles.get(target)
    if (victim !== undefined) {
      throw new ExistsError({ subject: output, expected: 'an output that is none of the inputs', received: `the input ${victim}` })
    }
    if (there && !force) {
      throw new ExistsError({ subject: output, expected: 'no file of that name (--force replaces it)', received: 'an existing file' })
    }
    plan.push({ input, output, pages: 0, saturated: 0, clamped: 0, nonFinite: 0, unrepaired: 0 })
  }
  return plan
}

/** @returns the topmost folder that had to be made, undefined when it was there */
async function makeFolder(folder: string): Promise<string | undefined> {
  try {
    return await mkdir(folder, { recursive: true })
  } catch (cause) {
    throw new IoError({ subject: folder, expected: 'a folder that can be written to', received: (cause as Error).message, cause })
  }
}

/** Remove what {@link makeFolder} made, as far as nothing was put there. */
async function removeEmptyFolders(folder: string, topmost: string): Promise<void> {
  const top = resolve(topmost)
  for (let at = resolve(folder); at.startsWith(top); at = dirname(at)) {
    try {
      await rmdir(at)
    } catch {
      return
    }
  }
}

async function correctFile(file: CorrectedFile, job: Job, options: CorrectCommandOptions): Promise<void> {
  const { calibration, output, pedestal, compression, force } = options
  const description = JSON.stringify({
    program: `flatpanel ${version}`,
    calibration: basename(calibration),
    output: output ?? 'float32',
    ...(pedestal !== undefined && { pedestal }),
    input: basename(file.input)
  })
  await writeTiff(file.output, correctPages(file, job), {
    compression: compression ?? 'none',
    description,
    overwrite: force ?? false
  })
}

async function* correctPages(file: CorrectedFile, { corrector, raw, signal }: Job): AsyncGenerator<CorrectedFrame> {
  for await (const frame of readFrames([file.input], { raw, hash: false })) {
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

function describe({ input, output, pages, saturated, clamped, nonFinite, unrepaired }: CorrectedFile): string {
  const facts = [
    pages === 1 ? '' : `${pages} pages`,
    saturated === null ? 'saturation unknown' : saturated > 0 ? `${saturated} saturated pixels` : '',
    clamped > 0 ? `${clamped} clamped` : '',
    nonFinite > 0 ? `${nonFinite} not finite` : '',
    unrepaired > 0 ? `${unrepaired} filled for display only` : ''
  ].filter((fact) => fact !== '')
  return `${input} -> ${output}${facts.length > 0 ? ` (${facts.join(', ')})` : ''}`
}
