import { randomBytes } from 'node:crypto'
import { open, readFile, realpath, stat, unlink } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { kill, pid as ownPid } from 'node:process'
import { setTimeout as wait } from 'node:timers/promises'
import { AbortedError, IoError } from '../errors.js'
import { systemError } from './system-error.js'

export interface LockFileOptions {
  /**
   * How long another that holds the file is waited for, in ms.
   * @default 60 000
   */
  readonly patience?: number
  /** Ends the waiting. */
  readonly signal?: AbortSignal
}

/**
 * Do work on a file while no other program of flatpanel changes it: read, change, write without losing what another wrote between. The
 * sign is a file `.<base>.lock` beside it, which names process and machine; one that a killed process of this machine left is removed.
 * @param path the file, which need not exist; of a symbolic link its target
 * @throws {IoError} ERR_IO when another holds it for longer than `patience`, or the sign cannot be made
 * @throws {AbortedError} ERR_ABORTED
 */
export async function lockFile<Result>(
  path: string,
  work: () => Promise<Result>,
  { patience = 60_000, signal }: LockFileOptions = {}
): Promise<Result> {
  const target = await realpath(path).catch(() => path)
  const sign = join(dirname(target), `.${basename(target)}.lock`)
  const own = `${ownPid} ${hostname()} ${randomBytes(8).toString('hex')}`
  const end = Date.now() + patience
  for (let pause = 5; !(await take(path, sign, own)); pause = Math.min(2 * pause, 200)) {
    if (signal?.aborted) throw new AbortedError(`waiting for ${path}`, signal.reason)
    const holder = await readFile(sign, 'utf8').catch(() => '')
    if (isGone(holder) && (await removeLeft(path, sign))) continue
    if (Date.now() > end) {
      const [pid, machine] = holder.split(' ')
      const received = `one that process ${pid || '(unknown)'} on ${machine ?? 'an unknown machine'} holds (if it is gone, remove ${sign})`
      throw new IoError({ subject: path, expected: 'a file that nobody else changes now', received })
    }
    await wait(pause * (1 + Math.random()))
  }
  try {
    return await work()
  } finally {
    await unlink(sign).catch(() => {})
  }
}

/** False when another has it. */
async function take(path: string, sign: string, own: string): Promise<boolean> {
  try {
    const handle = await open(sign, 'wx')
    await handle.writeFile(own).finally(() => handle.close())
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw systemError(path, 'a folder in which the file can be locked', error)
  }
}

/** Known to be of this machine, and of no process that runs. */
function isGone(holder: string): boolean {
  const [pid, machine] = holder.split(' ')
  if (machine !== hostname() || !/^\d+$/.test(pid)) return false
  try {
    kill(Number(pid), 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

/** How long the removal itself may take, in ms. */
const removal = 10_000

/**
 * Only one removes a sign at a time, and looks again before: else two who saw the same one would remove it, and the second the sign of the
 * first. False when another does it.
 */
async function removeLeft(path: string, sign: string): Promise<boolean> {
  const turn = `${sign}.removal`
  if (!(await take(path, turn, ''))) {
    const { mtimeMs } = await stat(turn).catch(() => ({ mtimeMs: Infinity }))
    if (Date.now() - mtimeMs > removal) await unlink(turn).catch(() => {})
    return false
  }
  try {
    if (isGone(await readFile(sign, 'utf8').catch(() => ''))) await unlink(sign).catch(() => {})
    return true
  } finally {
    await unlink(turn).catch(() => {})
  }
}
