import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { FormatError } from '../errors.js'
import { systemError } from './system-error.js'

/** A JSON document that stands on one line of a log. */
export interface LogRecord {
  /** Comes first, and says whose log it is. */
  readonly schema: string
  readonly [name: string]: unknown
}

export interface AppendedLine {
  /** True when the log ended in the middle of a line (a run before this one was killed); that line was closed first. */
  readonly tornLine: boolean
}

/**
 * Append one record to a log as one line of JSON: a single write in append mode, flushed to the disk before this returns. Processes
 * that append at once do not mix their lines on local file systems (network file systems promise less). A torn last line, left
 * by a crash, is closed with a line feed in the same write, so that it spoils no record but its own; it is never removed.
 * A file that is no log of this schema is refused and not touched.
 * @param path log file; made where it is missing, its folder must exist
 * @param record plain JSON
 * @throws {FormatError} ERR_FORMAT when the file holds something else
 * @throws {IoError} ERR_IO with the system's error as `cause`; also when the disk took a part of the line only
 */
export async function appendJsonLine(path: string, record: LogRecord): Promise<AppendedLine> {
  const { schema, ...rest } = record
  const line = `${JSON.stringify({ schema, ...rest })}\n`
  const handle = await open(path, 'a+').catch((error: unknown) => {
    throw systemError(path, 'a log that can be appended to', error)
  })
  try {
    const { size } = await handle.stat()
    await assertSameLog(handle, path, size, schema)
    const tornLine = size > 0 && (await bytesAt(handle, size - 1, 1)).toString() !== '\n'
    const bytes = Buffer.from(tornLine ? `\n${line}` : line)
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

/** The first bytes tell whose log it is; a crash in the very first run may have left only some of them. */
async function assertSameLog(handle: FileHandle, path: string, size: number, schema: string): Promise<void> {
  const wanted = Buffer.from(JSON.stringify({ schema }).slice(0, -1))
  const found = await bytesAt(handle, 0, Math.min(size, wanted.length))
  if (found.equals(wanted.subarray(0, found.length))) return
  throw new FormatError({ file: path, offset: 0, expected: `a log whose lines begin with ${wanted.toString()}`, received: 'something else' })
}

async function bytesAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position)
  return buffer.subarray(0, bytesRead)
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
