import { FormatError } from '../../errors.js'

/**
 * JSON out of a text file.
 * @param file name for messages
 * @throws {FormatError} ERR_FORMAT when it is none
 */
export function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''))
  } catch (cause) {
    throw new FormatError({ file, expected: 'JSON', received: (cause as Error).message, cause })
  }
}
