import { OptionError } from '../errors.js'
import type { Baseline } from '../quality/limits/check-limits.js'
import { documentsSchema } from '../report/documents-schema.js'
import { readJsonFile } from './read-json-file.js'

/**
 * Read an earlier document of `flatpanel verify --json`.
 * @throws {IoError} ERR_IO when it cannot be read
 * @throws {OptionError} ERR_OPTION when it is something else
 */
export async function readBaseline(path: string): Promise<Baseline> {
  const result = documentsSchema['flatpanel.verify/1'].safeParse(await readJsonFile(path, 'a baseline'))
  if (result.success) return result.data
  const [{ path: place, message }] = result.error.issues
  const received = place.length === 0 ? message : `${place.join('.')}: ${message}`
  throw new OptionError({ subject: path, expected: 'a document of flatpanel verify --json', received, cause: result.error })
}
