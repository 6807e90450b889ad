import { lstat } from 'node:fs/promises'
import { IoError } from '../errors.js'

/**
 * True when something of that name is there: a file, a folder, a link (also one that leads nowhere).
 * @throws {IoError} ERR_IO when the operating system will not say
 */
export async function fileExists(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') return false
    throw new IoError({ subject: path, expected: 'a path that can be looked up', received: message, cause })
  }
}
