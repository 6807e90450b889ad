import { realpath } from 'node:fs/promises'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { ExistsError } from '../../errors.js'
import { fileExists } from '../../io/file-exists.js'
import { readNoteBeside } from '../../io/read-note-beside.js'
import { splitInnerPath } from '../../io/split-inner-path.js'
import type { FrameWriter } from './frame-writer.js'

export interface PlanOutputsOptions {
  /** Folder of the outputs, one or more for each input; may be missing. Or the one file that all of them become. */
  readonly to: { readonly folder: string } | { readonly file: string }
  readonly writer: Pick<FrameWriter, 'ending' | 'beside'>
  /** Outputs that are there may be replaced. */
  readonly force: boolean
  /** Files that are read as well, and so never written to. */
  readonly used?: readonly string[]
  /** How many frames an input has, where each becomes a file; undefined: an input becomes one file. */
  readonly framesOf?: (input: string) => Promise<number>
}

/** One file out. */
export interface PlannedOutput {
  /** More than one where all inputs become one file. */
  readonly inputs: readonly string[]
  readonly output: string
  /** Place in the run, from 1. */
  readonly number: number
  readonly isThere: boolean
}

/**
 * Name the outputs of every input, in order, and refuse, before anything is written: equal names, an output that is an input, a note
 * beside an output that is somebody's file. What is to be done with outputs that are there is the caller's to say.
 * @throws {ExistsError} ERR_EXISTS
 */
export async function planOutputs(inputs: readonly string[], options: PlanOutputsOptions): Promise<PlannedOutput[]> {
  const { to, writer, force, used = [] } = options
  const targets = 'file' in to ? [{ inputs, output: to.file }] : await nameOutputs(inputs, to.folder, options)
  const isProtected = await findProtected([...inputs, ...used])
  const plan: PlannedOutput[] = []
  for (const { inputs, output } of targets) {
    const isThere = await fileExists(output)
    const victim = isProtected.get(await placeOf(output, isThere))
    if (victim !== undefined) {
      throw new ExistsError({ subject: output, expected: 'an output that is none of the inputs', received: `the input ${victim}` })
    }
    const beside = writer.beside?.(output)
    if (beside !== undefined && !force && (await fileExists(beside)) && !(await readNoteBeside(output))) throw alreadyThere(beside)
    plan.push({ inputs, output, number: plan.length + 1, isThere })
  }
  return plan
}

/** An output that is there and is not to be replaced. */
export function alreadyThere(output: string): ExistsError {
  return new ExistsError({ subject: output, expected: 'no file of that name (--force replaces it)', received: 'an existing file' })
}

type Target = Pick<PlannedOutput, 'inputs' | 'output'>

async function nameOutputs(inputs: readonly string[], folder: string, { writer, framesOf }: PlanOutputsOptions): Promise<Target[]> {
  const byName = new Map<string, string>()
  const targets: Target[] = []
  for (const input of inputs) {
    for (const name of numbered(await outputName(input), (await framesOf?.(input)) ?? 1, writer.ending)) {
      const twin = byName.get(name.toLowerCase())
      if (twin !== undefined) {
        throw new ExistsError({ subject: name, expected: 'one input for each output name', received: `${twin} and ${input}` })
      }
      byName.set(name.toLowerCase(), input)
      targets.push({ inputs: [input], output: join(folder, name) })
    }
  }
  return targets
}

/** Real paths of files that must stay as they are, with the names that they were given. */
async function findProtected(named: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const path of named) {
    const { file } = await splitInnerPath(path)
    if (await fileExists(file)) found.set(await realpath(file), path)
  }
  return found
}

/** Where a file stands or will stand, links followed. */
async function placeOf(path: string, isThere: boolean): Promise<string> {
  const folder = dirname(path)
  const place = join((await fileExists(folder)) ? await realpath(folder) : resolve(folder), basename(path))
  return isThere ? realpath(path).catch(() => place) : place
}

/** `a.edf.gz` becomes `a`, `scan.nxs::/entry/data` becomes `scan`. */
async function outputName(input: string): Promise<string> {
  const { file } = await splitInnerPath(input)
  const plain = /\.gz$/i.test(file) ? file.slice(0, -3) : file
  return basename(plain, extname(plain))
}

/** `scan.dcm` for one frame, `scan-01.dcm` to `scan-12.dcm` for twelve. */
function numbered(name: string, frames: number, ending: string): string[] {
  if (frames === 1) return [`${name}${ending}`]
  const digits = String(frames).length
  return Array.from({ length: frames }, (_, frame) => `${name}-${String(frame + 1).padStart(digits, '0')}${ending}`)
}
