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
  { overwrite = true }: ReplaceFileOptions = {}
): Promise<void> {
  if (!overwrite) await assertFree(path)
  try {
    const target = await followLinks(path)
    await removeStaleTemporaries(target)
    const temporaryPath = join(dirname(target), `.${basename(target)}.${ownPid}-${randomBytes(6).toString('hex')}.tmp`)
    try {
      await write(temporaryPath)
      await flush(temporaryPath)
      if (overwrite) await retry(() => rename(temporaryPath, target))
      else await claim(temporaryPath, target)
    } catch (error) {
      await unlink(temporaryPath).catch(() => {})
      throw error
    }
    await flushFolder(dirname(target))
  } catch (error) {
    if (!overwrite && isSystemError(error, 'EEXIST')) throw alreadyThere(path)
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
