import { AbortedError } from '../../errors.js'
import { discardFiles, publishFiles, stageFile } from '../../io/replace-file.js'
import type { ReplaceFile, StagedFile } from '../../io/replace-file.js'

/** How {@link writeInGroups} goes about it. */
export interface WriteInGroupsOptions<R> {
  /** What is done, for the message when it is ended early. */
  readonly what: string
  /** Units that are worked on at the same time, at least 1. */
  readonly atOnce: number
  readonly signal: AbortSignal | undefined
  /** Told of each result once its files have their names and are on the disk, in the order of the units. */
  readonly onDone: (result: R) => void
}

/** Writes the files of one unit by way of `replace`, and stops when the signal is aborted. */
export type UnitWork<U, R> = (unit: U, replace: ReplaceFile, signal: AbortSignal) => Promise<R>

interface Finished<R> {
  readonly result: R
  readonly files: readonly StagedFile[]
}

/** Files that are flushed to the disk together: one after the other, each would wait for the disk by itself. */
const FILES_IN_GROUP = 8

/**
 * Do units of work that write files, several at the same time, and bring their files to their names in the order of the units: group by
 * group, flushed to the disk while the work on others goes on. So the files that stand there at any moment are whole, and are the first
 * ones; when a unit fails, those before it are finished and kept, and nothing is left of those behind it.
 * @throws what the work on the first failing unit threw
 * @throws {AbortedError} ERR_ABORTED
 */
export async function writeInGroups<U, R>(units: readonly U[], work: UnitWork<U, R>, options: WriteInGroupsOptions<R>): Promise<void> {
  const { what, atOnce, signal, onDone } = options
  const stop = new AbortController()
  const going = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal
  const underWay: Promise<Finished<R>>[] = []
  let next = 0
  const start = (): void => {
    for (; underWay.length < atOnce && next < units.length; next++) {
      const finished = doUnit(units[next], work, going, what)
      void finished.catch(() => {})
      underWay.push(finished)
    }
  }

  const group: Finished<R>[] = []
  let publishing = Promise.resolve()
  const publish = async (): Promise<void> => {
    const ready = group.splice(0)
    try {
      // not ahead of the disk: at most one group waits behind the one that is flushed
      await publishing
    } catch (error) {
      await discardFiles(ready.flatMap(({ files }) => files))
      throw error
    }
    publishing = publishGroup(ready, onDone)
    // told of when the next group follows, or at the end
    void publishing.catch(() => {})
  }

  try {
    start()
    while (underWay.length > 0) {
      group.push(await underWay[0])
      void underWay.shift()
      start()
      if (group.reduce((sum, { files }) => sum + files.length, 0) >= FILES_IN_GROUP) await publish()
    }
  } finally {
    stop.abort()
    const rest = await Promise.allSettled(underWay)
    await discardFiles(rest.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value.files : [])))
    await publish()
    await publishing
  }
}

async function doUnit<U, R>(unit: U, work: UnitWork<U, R>, signal: AbortSignal, what: string): Promise<Finished<R>> {
  const files: StagedFile[] = []
  const replace: ReplaceFile = async (path, write, options) => void files.push(await stageFile(path, write, options))
  try {
    if (signal.aborted) throw new AbortedError(what, signal.reason)
    return { result: await work(unit, replace, signal), files }
  } catch (error) {
    await discardFiles(files)
    throw error
  }
}

async function publishGroup<R>(group: readonly Finished<R>[], onDone: (result: R) => void): Promise<void> {
  await publishFiles(group.flatMap(({ files }) => files))
  for (const { result } of group) onDone(result)
}
