import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { openJsonLog } from './open-json-log.js'
import { fileExists } from './file-exists.js'
import { systemError } from './system-error.js'

/**
 * Assert that `appendJsonLine` will take this log, before the work whose result is to be recorded: it is a log of this schema, or there
 * is nothing of that name yet in a folder that exists.
 * @throws {FormatError} ERR_FORMAT when the file holds something else
 * @throws {IoError} ERR_IO
 */
export async function assertLogFile(path: string, schema: string): Promise<void> {
  if (await fileExists(path)) {
    const { handle } = await openJsonLog(path, schema)
    await handle.close()
    return
  }
  const folder = dirname(path)
  const facts = await stat(folder).catch((error: unknown) => {
    throw systemError(folder, 'a folder for the log', error)
  })
  if (!facts.isDirectory()) throw systemError(folder, 'a folder for the log', 'something else')
}
