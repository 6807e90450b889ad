import { realpath } from 'node:fs/promises'
import { basename, extname, join, resolve } from 'node:path'
import { ExistsError } from '../errors.js'
import { fileExists } from '../io/file-exists.js'
import { splitInnerPath } from '../io/split-inner-path.js'

export interface PlanOutputsOptions {
  /** Folder of the outputs; may be missing. */
  readonly out: string
  /** Of the outputs, with its dot. */
  readonly ending: string
  /** Outputs that are there may be replaced. */
  readonly force: boolean
  /** Files that are read as well, and so never written to. */
  readonly used?: readonly string[]
  /** How many frames an input has, where each becomes a file; undefined: an input becomes one file. */
  readonly framesOf?: (input: string) => Promise<number>
}

/** One file out. */
export interface PlannedOutput {
  readonly input: string
  readonly output: string
}

/**
 * Name the outputs of every input, in order, and refuse, before anything is written: equal names, an output that is an input, one that is
 * there.
 * @throws {ExistsError} ERR_EXISTS
 */
export async function planOutputs(inputs: readonly string[], options: PlanOutputsOptions): Promise<PlannedOutput[]> {
  const { out, ending, force, used = [], framesOf } = options
  const folder = (await fileExists(out)) ? await realpath(out) : resolve(out)
  const protectedFiles = new Map<string, string>()
  for (const input of [...inputs, ...used]) {
    const { file } = await splitInnerPath(input)
    if (await fileExists(file)) protectedFiles.set(await realpath(file), input)
  }
  const byName = new Map<string, string>()
  const plan: PlannedOutput[] = []
  for (const input of inputs) {
    for (const name of numbered(await outputName(input), (await framesOf?.(input)) ?? 1, ending)) {
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
      plan.push({ input, output })
    }
  }
  return plan
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
