import type { FileHandle } from 'node:fs/promises'
import { FormatError, IoError } from '../errors.js'

/**
 * Assert that an open file is a log of one schema: a file (no folder, no pipe), and its first bytes are those of a record. A crash in the
 * very first run may have left only some of them, on a line of their own since. Nothing else is read.
 * @returns bytes of the file
 * @throws {IoError} ERR_IO when it is no file
 * @throws {FormatError} ERR_FORMAT when it holds something else
 */
export async function assertJsonLog(handle: FileHandle, path: string, schema: string): Promise<number> {
  const facts = await handle.stat()
  if (!facts.isFile()) {
    throw new IoError({
      subject: path,
      expected: 'a log file',
      received: facts.isDirectory() ? 'a folder' : 'something that is not a file'
    })
  }
  const wanted = Buffer.from(JSON.stringify({ schema }).slice(0, -1))
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(4096), 0, 4096, 0)
  const found = buffer.subarray(0, bytesRead)
  if (beginsWith(found, wanted)) return facts.size
  const received = JSON.stringify(found.toString('latin1', 0, wanted.length))
  throw new FormatError({ file: path, offset: 0, expected: `a log whose lines begin with ${wanted.toString()}`, received })
}

function beginsWith(bytes: Buffer, wanted: Buffer): boolean {
  const feed = bytes.indexOf(0x0a)
  const line = feed < 0 ? bytes : bytes.subarray(0, feed)
  const known = Math.min(line.length, wanted.length)
  if (!line.subarray(0, known).equals(wanted.subarray(0, known))) return false
  return known === wanted.length || feed < 0 || beginsWith(bytes.subarray(feed + 1), wanted)
}
