import { realpath } from 'node:fs/promises'
import { OptionError, StackError } from '../../errors.js'
import { findFrames } from '../../io/find-frames.js'
import type { ReadFramesOptions } from '../../io/read-frames.js'
import { splitInnerPath } from '../../io/split-inner-path.js'

/** What the command line names for a calibration. */
export interface NamedStacks {
  /** Files that say themselves which of their frames are darks and flats. */
  readonly scans?: readonly string[]
  readonly dark?: readonly string[][]
  readonly flat?: readonly string[][]
  readonly decay?: readonly string[][]
}

/** Files of a stack, and how they are read. */
export interface FoundStack {
  readonly files: readonly string[]
  readonly reading: ReadFramesOptions
}

export interface FoundStacks {
  readonly darks: FoundStack
  /** One per exposure level. */
  readonly flats: readonly FoundStack[]
  readonly decay: FoundStack | null
}

/**
 * Find the files of the stacks of a calibration. Scans give the darks and flats that no option names.
 * @throws {OptionError} ERR_OPTION when darks or flats are named neither way, or an option has nothing behind it
 * @throws {StackError} ERR_STACK when nothing is found, or a file would be in two stacks
 */
export async function findStacks(named: NamedStacks, reading: ReadFramesOptions): Promise<FoundStacks> {
  const { scans = [], dark = [], flat = [], decay = [] } = named
  const scanned = scans.length > 0 ? await findFrames(scans) : []
  const [darkWords, flatWords] = [words('--dark', dark, scanned), words('--flat', flat, scanned)]
  const darks: FoundStack = darkWords
    ? { files: await findFrames(darkWords.flat()), reading: { ...reading, role: 'dark' } }
    : { files: scanned, reading: { ...reading, role: 'dark', requireRole: true } }
  const flats: readonly FoundStack[] = flatWords
    ? await Promise.all(
        flatWords.map(async (patterns) => ({ files: await findFrames(patterns), reading: { ...reading, role: 'flat' as const } }))
      )
    : [{ files: scanned, reading: { ...reading, role: 'flat', requireRole: true } }]
  const after = decay.length === 0 ? null : { files: await findFrames(words('--decay', decay, [])!.flat()), reading }
  await assertDistinct([
    ...(darkWords ? [['--dark', darks.files] as const] : []),
    ...(flatWords ? flats.map(({ files }, level) => [`--flat (level ${level + 1})`, files] as const) : []),
    ...(after ? [['--decay', after.files] as const] : [])
  ])
  return { darks, flats, decay: after }
}

/** @returns undefined when the scans are to give these frames */
function words(option: string, groups: readonly string[][], scans: readonly string[]): readonly string[][] | undefined {
  if (groups.length === 0 && scans.length > 0) return undefined
  if (groups.length > 0 && groups.every((group) => group.length > 0)) return groups
  const received = groups.length > 0 ? `${option} with nothing behind it` : 'none'
  throw new OptionError({ subject: `option "${option}"`, expected: 'files, folders or patterns', received })
}

async function assertDistinct(stacks: readonly (readonly [string, readonly string[]])[]): Promise<void> {
  const seen = new Map<string, string>()
  for (const [stack, files] of stacks) {
    for (const named of files) {
      const { file, inside = '' } = await splitInnerPath(named)
      const place = `${await realpath(file)}::${inside}`
      const earlier = seen.get(place)
      if (earlier !== undefined) {
        throw new StackError({ subject: named, expected: 'each file in one stack only', received: `it in ${earlier} and in ${stack}` })
      }
      seen.set(place, stack)
    }
  }
}
