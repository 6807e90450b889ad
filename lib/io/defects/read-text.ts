import { FormatError } from '../../errors.js'
import { readBytes } from './read-bytes.js'

/**
 * The text of a file in UTF-8, whole; a byte order mark stays in it.
 * @throws {FormatError} ERR_FORMAT when it is not UTF-8, or longer than 512 MiB
 * @throws {IoError} ERR_IO when it cannot be read
 */
export async function readText(path: string): Promise<string> {
  const bytes = await readBytes(path)
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new FormatError({ file: path, expected: 'text in UTF-8', received: 'other bytes', cause })
  }
}
