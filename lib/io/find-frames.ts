import { readdir, realpath, stat } from 'node:fs/promises'
import type { Stats } from 'node:fs'
import { join, sep } from 'node:path'
import { StackError } from '../errors.js'
import { FORMATS } from './formats/formats.js'
import { splitInnerPath } from './split-inner-path.js'
import { systemError } from './system-error.js'

export interface FindFramesOptions {
  /**
   * Endings, in any case, of the files that a folder contributes. Say `.raw` or the like for headerless frames.
   * @default undefined: those of every format that is read, also packed (`.edf.gz`); a folder that holds several formats is refused
   */
  extensions?: readonly string[]
}

/**
 * Find the files of frames that arguments of a command line name. Each argument is, tried in this order:
 * a file that exists (also `run [1]/a(1).tif`); a folder, which stands for the frame files directly in it; a fast-glob
 * pattern, in which upper and lower case are the same, and whose leading folders are taken literally as far as they exist.
 * What stands behind `::` is a path inside each of the files (`scan*.nxs::/entry/data`) and goes with them.
 * Back-slashes separate folders: on Windows always, elsewhere where the argument finds nothing as it is.
 *
 * Files of one argument come in natural order (f2 before f10), arguments in the given order; a file that is met again,
 * under whatever name, counts once. Files whose names begin with a dot are left out of folders and patterns.
 * @param args paths and patterns
 * @returns paths as the arguments spell them, with `/` inside patterns
 * @throws {StackError} ERR_STACK when there is no argument, one finds nothing, or a folder holds frames of several formats
 * @throws {IoError} ERR_IO when a folder or file cannot be looked at
 */
export async function findFrames(args: readonly string[], options: FindFramesOptions = {}): Promise<string[]> {
  const { extensions } = options
  if (args.length === 0) throw new StackError({ subject: 'frames', expected: 'at least one path or pattern', received: 'none' })
  const found = new Map<string, string>()
  for (const argument of args) {
    const { file, inside } = await splitInnerPath(argument)
    const ending = inside === undefined ? '' : `::${inside}`
    for (const path of await expand(file, extensions)) {
      const real = await realpath(path).catch((error: unknown) => {
        throw systemError(path, 'a file that exists', error)
      })
      if (!found.has(real + ending)) found.set(real + ending, path + ending)
    }
  }
  return [...found.values()]
}

async function expand(argument: string, extensions: readonly string[] | undefined): Promise<string[]> {
  const spellings = spellingsOf(argument)
  for (const path of spellings) {
    const facts = await look(path)
    if (facts?.isDirectory()) return listFolder(path, extensions)
    if (facts) return [path]
  }
  for (const pattern of spellings) {
    const paths = await glob(pattern)
    if (paths.length > 0) return paths
  }
  throw new StackError({ subject: argument, expected: 'a file, a folder, or a pattern that matches files', received: 'no match' })
}

function spellingsOf(argument: string): string[] {
  const slashed = argument.replaceAll('\\', '/')
  if (sep === '\\' || slashed === argument) return [slashed]
  return [argument, slashed]
}

/** What stands at a path; undefined where nothing does, or where the name cannot be one (a long pattern). */
async function look(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'EINVAL'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw systemError(path, 'a file or folder that can be looked at', error)
  }
}

async function listFolder(folder: string, extensions: readonly string[] | undefined): Promise<string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw systemError(folder, 'a folder that can be listed', error)
  })
  const endings = (extensions ?? FORMATS.flatMap((format) => format.extensions)).map((ending) => ending.toLowerCase())
  const paths: string[] = []
  for (const name of names) {
    if (name.startsWith('.') || endingOf(name, endings) === undefined) continue
    const path = join(folder, name)
    // a link that leads nowhere stays in, so that it is an error and not a frame less
    if (!(await look(path))?.isDirectory()) paths.push(path)
  }
  if (paths.length === 0) {
    throw new StackError({
      subject: folder,
      expected: `a folder with frame files (${endings.join(', ')})`,
      received: `none among ${names.length} names`
    })
  }
  if (extensions === undefined) assertOneFormat(folder, paths)
  return paths.sort(inNaturalOrder)
}

/** The ending of a name, among those that count; `a.edf.gz` ends as `a.edf` does. */
function endingOf(name: string, endings: readonly string[]): string | undefined {
  const plain = name.toLowerCase().replace(/\.gz$/, '')
  return endings.find((ending) => plain.endsWith(ending))
}

/** A folder of frames beside screenshots or calibrations: which of them are meant is not ours to guess. */
function assertOneFormat(folder: string, paths: readonly string[]): void {
  const countOf = (endings: readonly string[]): number => paths.filter((path) => endingOf(path, endings) !== undefined).length
  const present = FORMATS.map(({ name, extensions }) => ({ name, count: countOf(extensions) })).filter(({ count }) => count > 0)
  if (present.length < 2) return
  throw new StackError({
    subject: folder,
    expected: `a folder with frames of one format, or a pattern such as "${join(folder, '*.tif')}"`,
    received: present.map(({ name, count }) => `${count} of ${name}`).join(', ')
  })
}

async function glob(pattern: string): Promise<string[]> {
  const { folder, rest } = await splitLiteralFolders(pattern)
  // only where there is a pattern: loading it takes longer than finding the frames
  const { default: fastGlob } = await import('fast-glob')
  try {
    const matches = await fastGlob(spellOutQuestionMarks(rest), {
      cwd: folder || '.',
      caseSensitiveMatch: false,
      onlyFiles: true,
      unique: true
    })
    return matches.map((match) => folder + match).sort(inNaturalOrder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return []
    throw systemError(pattern, 'a pattern whose folders can be listed', error)
  }
}

/**
 * `?` as a set of characters: in the name of a folder fast-glob takes it literally and finds nothing. At the begin of a
 * name it does not stand for a dot.
 * @see https://github.com/mrmlnc/fast-glob/issues/380
 */
function spellOutQuestionMarks(pattern: string): string {
  return pattern.replace(/\\.|\[[^\]]*\]|\?(?!\()/g, (part, at: number) => {
    if (part !== '?') return part
    return at === 0 || '/{,(|'.includes(pattern[at - 1]) ? '[!./]' : '[!/]'
  })
}

/** The leading folders of a pattern that exist by that very name, with the last separator, and the pattern below them. */
async function splitLiteralFolders(pattern: string): Promise<{ folder: string; rest: string }> {
  let end = 0
  for (let slash = pattern.indexOf('/'); slash >= 0; slash = pattern.indexOf('/', slash + 1)) {
    if (!(await look(pattern.slice(0, slash + 1)))?.isDirectory()) break
    end = slash + 1
  }
  return { folder: pattern.slice(0, end), rest: pattern.slice(end) }
}

const collator = new Intl.Collator('en', { numeric: true })

/** Folder by folder, numbers by value; equal ones (f1, f01) by code unit, so that the order is always the same. */
function inNaturalOrder(a: string, b: string): number {
  const left = a.split(/[\\/]/)
  const right = b.split(/[\\/]/)
  for (let depth = 0; depth < Math.min(left.length, right.length); depth++) {
    const order = collator.compare(left[depth], right[depth])
    if (order !== 0) return order
  }
  return left.length - right.length || (a < b ? -1 : 1)
}
