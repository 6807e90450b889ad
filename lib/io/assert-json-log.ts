import type { FileHandle } from 'node:fs/promises'
import { FormatError, IoError } from '../errors.js'

/**
 * Assert that an open file is a log of one schema: a file (no folder, no pipe), and its first bytes are those of a record; a crash in
 * the very first run may have left only some of them. Nothing else is read.
 * @returns bytes of the file
 * @throws {IoError} ERR_IO when it is no file
 * @throws {FormatError} ERR_FORMAT when it holds something else
 */
export async function assertJsonLog(handle: FileHandle, path: string, schema: string): Promise<number> {
  const facts = await handle.stat()
  if (!facts.isFile()) {
    throw new IoError({ subject: path, expected: 'a log file', received: facts.isDirectory() ? 'a folder' : 'something that is not a file' })
  }
  const wanted = Buffer.from(JSON.stringify({ schema }).slice(0, -1))
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(wanted.length), 0, Math.min(facts.size, wanted.length), 0)
  const found = buffer.subarray(0, bytesRead)
  if (found.equals(wanted.subarray(0, bytesRead))) return facts.size
  const received = JSON.stringify(found.toString('latin1'))
  throw new FormatError({ file: path, offset: 0, expected: `a log whose lines begin with ${wanted.toString()}`, received })
}
