import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { OptionError } from '../errors.js'
import { assertJsonLog } from './assert-json-log.js'
import { LONGEST_LINE } from './read-json-lines.js'
import { systemError } from './system-error.js'

/** A JSON document that stands on one line of a log. */
export interface LogRecord {
  /** Comes first, and says whose log it is. */
  readonly schema: string
}

export interface AppendedLine {
  /** True when the log ended in the middle of a line (a run before this one was killed); that line was closed first. */
  readonly tornLine: boolean
}

const FLAGS = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | (constants.O_NONBLOCK ?? 0)

/**
 * Append one record to a log as one line of JSON: a single write in append mode, flushed to the disk before this returns. Processes
 * that append at once do not mix their lines on local file systems (network file systems promise less). A torn last line, left
 * by a crash, is closed with a line feed in the same write, so that it spoils no record but its own; it is never removed.
 * A file that is no log of this schema is refused and not touched.
 * @param path log file; made where it is missing, its folder must exist
 * @param record plain JSON, at most 1 MiB
 * @throws {OptionError} ERR_OPTION when the record is longer
 * @throws {FormatError} ERR_FORMAT when the file holds something else
 * @throws {IoError} ERR_IO with the system's error as `cause`; also when the disk took a part of the line only
 */
export async function appendJsonLine(path: string, record: LogRecord): Promise<AppendedLine> {
  const { schema, ...rest } = record
  const line = Buffer.from(`${JSON.stringify({ schema, ...rest })}\n`)
  if (line.length > LONGEST_LINE) {
    throw new OptionError({ subject: `record for ${path}`, expected: `at most ${LONGEST_LINE} bytes`, received: `${line.length} bytes` })
  }
  const handle = await open(path, FLAGS, 0o666).catch((error: unknown) => {
    throw systemError(path, 'a log that can be appended to', error)
  })
  try {
    const size = await assertJsonLog(handle, path, schema)
    const tornLine = size > 0 && (await endsTorn(handle, size))
    const bytes = tornLine ? Buffer.concat([Buffer.from('\n'), line]) : line
    const { bytesWritten } = await handle.write(bytes)
    if (bytesWritten !== bytes.length) throw systemError(path, `room for ${bytes.length} bytes`, `${bytesWritten} bytes written`)
    await handle.sync()
    if (size === 0) await flushFolder(dirname(path))
    return { tornLine }
  } catch (error) {
    throw error instanceof Error && 'syscall' in error ? systemError(path, 'a log that can be appended to', error) : error
  } finally {
    await handle.close()
  }
}

/** Another process may be in the middle of its write: only an end that stays as it is was torn. */
async function endsTorn(handle: FileHandle, size: number): Promise<boolean> {
  for (let end = size, still = 0; ;) {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(1), 0, 1, end - 1)
    if (bytesRead === 1 && buffer[0] === 0x0a) return false
    if (still === 3) return true
    await wait(10)
    const { size: now } = await handle.stat()
    still = now === end ? still + 1 : 0
    end = now
  }
}

/** Some systems cannot open or flush a folder; the line stands all the same. */
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
