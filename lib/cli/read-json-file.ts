import { readFile } from 'node:fs/promises'
import { IoError, OptionError } from '../errors.js'

/**
 * Read a JSON file that an option names.
 * @param what for messages: `limits`
 * @throws {IoError} ERR_IO when it cannot be read
 * @throws {OptionError} ERR_OPTION when it is no JSON
 */
export async function readJsonFile(path: string, what: string): Promise<unknown> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    throw new IoError({ subject: path, expected: `a file of ${what} that can be read`, received: (cause as Error).message, cause })
  }
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new OptionError({ subject: path, expected: `${what} as JSON`, received: (cause as Error).message, cause })
  }
}
