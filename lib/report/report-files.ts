import type { Block, ListBlock } from './blocks/block.js'

/** One input file and what became of it. */
export interface FileFacts {
  readonly input: string
  readonly output: string
  /** In words; none: nothing to be said. */
  readonly remarks: readonly string[]
}

/** Files that are named at first, beside those with remarks. */
const MOST = 20

/**
 * Report what a command made of its input files: how many, where they lie, and one line for each.
 * @param what was done: `corrected`
 * @param folder that the outputs lie in
 */
export function reportFiles(what: string, folder: string, files: readonly FileFacts[]): Block[] {
  const remarked = files.filter(({ remarks }) => remarks.length > 0)
  const others = files.filter(({ remarks }) => remarks.length === 0)
  const list: ListBlock = { kind: 'list', items: [...remarked, ...others].map(lineOf), brief: Math.max(remarked.length, MOST) }
  return [
    { kind: 'verdict', outcome: 'none', text: `${what}: ${files.length} ${files.length === 1 ? 'file' : 'files'} in ${folder}` },
    list
  ]
}

function lineOf({ input, output, remarks }: FileFacts): string {
  return `${nameOf(input)} -> ${nameOf(output)}${remarks.length === 0 ? '' : ` (${remarks.join(', ')})`}`
}

function nameOf(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)
}
