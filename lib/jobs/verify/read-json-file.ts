import { readFile, stat } from 'node:fs/promises'
import { IoError, OptionError } from '../../errors.js'
import { findRepeatedName } from './find-repeated-name.js'

/** Far above any limits file or verification of some thousand flats. */
const MOST_BYTES = 64 * 2 ** 20

/**
 * Read a JSON file that an option names: UTF-8, with or without a byte order mark.
 * @param what for messages: `limits`
 * @throws {IoError} ERR_IO when it cannot be read, or is no file of at most 64 MiB
 * @throws {OptionError} ERR_OPTION when it is no JSON, or names something twice in one object
 */
export async function readJsonFile(path: string, what: string): Promise<unknown> {
  const text = (await readText(path, what)).replace(/^\ufeff/, '')
  const value = parse(path, what, text)
  const twice = findRepeatedName(text)
  if (twice === null) return value
  throw new OptionError({ subject: path, expected: `${what} with every name once`, received: `"${twice}" twice` })
}

async function readText(path: string, what: string): Promise<string> {
  const expected = `a file of ${what} that can be read`
  try {
    const facts = await stat(path)
    if (facts.isFile() && facts.size <= MOST_BYTES) return await readFile(path, 'utf8')
    const received = facts.isFile() ? `${facts.size} bytes` : facts.isDirectory() ? 'a folder' : 'something that is not a file'
    throw new IoError({ subject: path, expected: `${expected}, of at most ${MOST_BYTES} bytes`, received })
  } catch (cause) {
    if (cause instanceof IoError) throw cause
    throw new IoError({ subject: path, expected, received: (cause as Error).message, cause })
  }
}

function parse(path: string, what: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new OptionError({ subject: path, expected: `${what} as JSON`, received: (cause as Error).message, cause })
  }
}
