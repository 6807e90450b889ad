import { isDetectorError, OptionError } from '../../errors.js'
import type { Baseline } from '../../quality/limits/assert-baseline.js'
import { parseBaseline } from '../../quality/limits/parse-baseline.js'
import { readJsonFile } from './read-json-file.js'

/**
 * Read an earlier document of `flatpanel verify --json`.
 * @throws {IoError} ERR_IO when it cannot be read
 * @throws {OptionError} ERR_OPTION when it is something else
 */
export async function readBaseline(path: string): Promise<Baseline> {
  const json = await readJsonFile(path, 'a baseline')
  try {
    return parseBaseline(json)
  } catch (cause) {
    if (!isDetectorError(cause)) throw cause
    throw new OptionError({ subject: path, expected: cause.expected, received: cause.received, cause })
  }
}
