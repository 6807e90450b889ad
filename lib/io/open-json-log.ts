import { open, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { assertJsonLog } from './assert-json-log.js'
import { systemError } from './system-error.js'

/** A log that was opened for reading. */
export interface OpenJsonLog {
  readonly handle: FileHandle
  /** Bytes, when it was opened. */
  readonly size: number
}

/**
 * Open a log for reading, after it was seen to be one. Who calls closes the handle.
 * @throws {FormatError} ERR_FORMAT when the file holds something else
 * @throws {IoError} ERR_IO when it cannot be read, or is no file
 */
export async function openJsonLog(path: string, schema: string): Promise<OpenJsonLog> {
  const fail = (error: unknown): never => {
    throw systemError(path, 'a log that can be read', error)
  }
  // Opening a pipe would wait for its other end.
  const facts = await stat(path).catch(fail)
  if (!facts.isFile()) fail(facts.isDirectory() ? 'a folder' : 'something that is not a file')
  const handle = await open(path, 'r').catch(fail)
  try {
    return { handle, size: await assertJsonLog(handle, path, schema) }
  } catch (error) {
    await handle.close()
    throw error
  }
}
