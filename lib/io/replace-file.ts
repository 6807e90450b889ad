import { randomBytes } from 'node:crypto'
import { link, lstat, open, readdir, realpath, rename, stat, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { kill, pid as ownPid } from 'node:process'
import { setTimeout as wait } from 'node:timers/promises'
import { DetectorError, ExistsError, IoError } from '../errors.js'

export interface ReplaceFileOptions {
  /**
   * false: an existing `path` is refused, before anything is written and again, atomically, at the end.
   * @default true
   */
  overwrite?: boolean
}

/** A file that is written, and not yet under its name. */
export interface StagedFile {
  /** As the caller named it. */
  readonly path: string
  readonly temporaryPath: string
  /** What `path` leads to, links followed. */
  readonly target: string
  readonly overwrite: boolean
}

/** Writes a file and brings it to its name: {@link replaceFile}, or something that does the second half later, for many files at once. */
export type ReplaceFile = (path: string, write: (temporaryPath: string) => Promise<void>, options?: ReplaceFileOptions) => Promise<void>

/**
 * Write a file so that `path` is at every instant the old file or the whole new one, also after a crash: a temporary
 * file `.<base>.<pid>-<random>.tmp` in the same folder is written, flushed to the disk and renamed, then the folder is
 * flushed. Whatever fails, the temporary file is removed; one that a killed process left behind never stands in the way,
 * and is removed by a later run, once its process is gone and nothing was written to it for ten minutes.
 *
 * Edges: a symbolic link at `path` is followed, its target is replaced. With `overwrite: false` the name is taken by a
 * hard link, which fails where it exists; on file systems without hard links by an empty file that the rename replaces
 * (a crash between the two leaves the empty file, and never touches one that was there). Renames that Windows refuses
 * while a scanner holds the file are tried again for half a second.
 * @param path file to write or replace; its folder must exist
 * @param write writes the whole content to the path that it is given; may throw (an `AbortError` too), which is passed on
 * @throws {ExistsError} ERR_EXISTS when `overwrite` is false and `path` is there
 * @throws {IoError} ERR_IO with the system's error as `cause`
 */
export async function replaceFile(
  path: string,
  write: (temporaryPath: string) => Promise<void>,
  options: ReplaceFileOptions = {}
): Promise<void> {
  await publishFiles([await stageFile(path, write, options)])
}

/**
 * The first half of {@link replaceFile}: the temporary file is written, `path` is as it was. {@link publishFiles} or
 * {@link discardFiles} must follow.
 * @throws {ExistsError} ERR_EXISTS when `overwrite` is false and `path` is there
 * @throws {IoError} ERR_IO with the system's error as `cause`
 */
export async function stageFile(
  path: string,
  write: (temporaryPath: string) => Promise<void>,
  { overwrite = true }: ReplaceFileOptions = {}
): Promise<StagedFile> {
  if (!overwrite) await assertFree(path)
  try {
    const target = await followLinks(path)
    await removeStaleTemporaries(target)
    const temporaryPath = join(dirname(target), `.${basename(target)}.${ownPid}-${randomBytes(6).toString('hex')}.tmp`)
    const file = { path, temporaryPath, target, overwrite }
    try {
      await write(temporaryPath)
    } catch (error) {
      await discardFiles([file])
      throw error
    }
    return file
  } catch (error) {
    throw describe(path, error)
  }
}

/**
 * The second half of {@link replaceFile} for any number of files: all are flushed side by side, then renamed in order, and each folder
 * is flushed once. When one fails, those before it have their names, and the temporary files of the others are removed.
 * @throws {ExistsError} ERR_EXISTS, {IoError} ERR_IO as `replaceFile`
 */
export async function publishFiles(files: readonly StagedFile[]): Promise<void> {
  let done = 0
  try {
    const flushed = await Promise.allSettled(files.map(({ path, temporaryPath }) => attempt(path, () => flush(temporaryPath))))
    for (const { path, temporaryPath, target, overwrite } of files) {
      const outcome = flushed[done]
      if (outcome.status === 'rejected') throw outcome.reason
      await attempt(path, async () => {
        if (overwrite) return retry(() => rename(temporaryPath, target))
        return claim(temporaryPath, target).catch((error: unknown) => {
          throw isSystemError(error, 'EEXIST') ? alreadyThere(path) : error
        })
      })
      done++
    }
  } catch (error) {
    await discardFiles(files.slice(done))
    throw error
  } finally {
    for (const folder of new Set(files.slice(0, done).map(({ target }) => dirname(target)))) await flushFolder(folder)
  }
}

/** Remove the temporary files of what is not to be published. */
export async function discardFiles(files: readonly StagedFile[]): Promise<void> {
  await Promise.all(files.map(({ temporaryPath }) => unlink(temporaryPath).catch(() => {})))
}

async function attempt(path: string, action: () => Promise<void>): Promise<void> {
  try {
    await action()
  } catch (error) {
    throw describe(path, error)
  }
}

function alreadyThere(path: string): ExistsError {
  return new ExistsError({
    subject: path,
    expected: 'a name that is free',
    received: 'an existing file (ask for overwriting to replace it)'
  })
}

async function assertFree(path: string): Promise<void> {
  const found = await lstat(path).then(
    () => true,
    () => false
  )
  if (found) throw alreadyThere(path)
}

async function followLinks(path: string): Promise<string> {
  return realpath(path).catch(() => path)
}

/** Take the name `target` for the finished temporary file, failing with EEXIST where it is taken. */
async function claim(temporaryPath: string, target: string): Promise<void> {
  try {
    await link(temporaryPath, target)
  } catch (error) {
    if (isSystemError(error, 'EEXIST')) throw error
    await (await open(target, 'wx')).close()
    try {
      await retry(() => rename(temporaryPath, target))
    } catch (renameError) {
      await unlink(target).catch(() => {})
      throw renameError
    }
    return
  }
  await retry(() => unlink(temporaryPath))
}

async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r+')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Some systems cannot open or flush a folder (Windows, some network drives); the rename stands all the same. */
async function flushFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch {}
}

/** A process number means nothing on another machine or in another container: its temporary file must also be at rest. */
const staleAfter = 600_000

/** Remove what killed processes left under this name; whatever cannot be seen or removed is let be. */
async function removeStaleTemporaries(target: string): Promise<void> {
  const start = `.${basename(target)}.`
  const names = await readdir(dirname(target)).catch(() => [])
  for (const name of names) {
    if (!name.startsWith(start)) continue
    const match = /^(\d+)-[0-9a-f]{12}\.tmp$/.exec(name.slice(start.length))
    if (!match || isAlive(Number(match[1]))) continue
    const left = join(dirname(target), name)
    const modified = await stat(left).then(
      (facts) => facts.mtimeMs,
      () => Infinity
    )
    if (Date.now() - modified > staleAfter) await unlink(left).catch(() => {})
  }
}

function isAlive(pid: number): boolean {
  try {
    kill(pid, 0)
    return true
  } catch (error) {
    return !isSystemError(error, 'ESRCH')
  }
}

async function retry(action: () => Promise<void>): Promise<void> {
  for (let pause = 10; ; pause *= 2) {
    try {
      return await action()
    } catch (error) {
      if (!isSystemError(error, 'EPERM', 'EBUSY', 'EACCES') || pause > 320) throw error
      await wait(pause)
    }
  }
}

function isSystemError(error: unknown, ...codes: string[]): boolean {
  return codes.includes((error as NodeJS.ErrnoException | null)?.code ?? '')
}

/** Errors of the system become ours; our own and the caller's are passed on as they are. */
function describe(path: string, error: unknown): unknown {
  if (error instanceof DetectorError || typeof (error as NodeJS.ErrnoException | null)?.errno !== 'number') return error
  const { code, message } = error as NodeJS.ErrnoException
  return new IoError({ subject: path, expected: 'a file that can be written', received: `${code} (${message})`, cause: error })
}
