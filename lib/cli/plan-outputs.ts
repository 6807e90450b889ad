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
}

/** One file in, one file out. */
export interface PlannedOutput {
  readonly input: string
  readonly output: string
}

/**
 * Name the output of every input, and refuse, before anything is written: equal names, an output that is an input, one that is there.
 * @throws {ExistsError} ERR_EXISTS
 */
export async function planOutputs(inputs: readonly string[], options: PlanOutputsOptions): Promise<PlannedOutput[]> {
  const { out, ending, force, used = [] } = options
  const folder = (await fileExists(out)) ? await realpath(out) : resolve(out)
  const protectedFiles = new Map<string, string>()
  for (const input of [...inputs, ...used]) {
    const { file } = await splitInnerPath(input)
    if (await fileExists(file)) protectedFiles.set(await realpath(file), input)
  }
  const byName = new Map<string, string>()
  const plan: PlannedOutput[] = []
  for (const input of inputs) {
    const name = await outputName(input, ending)
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
  return plan
}

/** `a.edf.gz` becomes `a.tif`, `scan.nxs::/entry/data` becomes `scan.tif`. */
async function outputName(input: string, ending: string): Promise<string> {
  const { file } = await splitInnerPath(input)
  const plain = /\.gz$/i.test(file) ? file.slice(0, -3) : file
  return `${basename(plain, extname(plain))}${ending}`
}
