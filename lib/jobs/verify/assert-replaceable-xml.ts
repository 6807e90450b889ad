import { open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ExistsError, IoError } from '../../errors.js'

/**
 * Assert that a report may be written to this name: nothing is there yet, or an XML file. So a slip of the keyboard never replaces a
 * calibration, a frame or a limits file, under whatever name it is reached.
 * @throws {ExistsError} ERR_EXISTS when something else is there
 * @throws {IoError} ERR_IO when there is no folder for it
 */
export async function assertReplaceableXml(path: string): Promise<void> {
  const folder = await stat(dirname(path)).catch(() => null)
  if (!folder?.isDirectory())
    throw new IoError({ subject: dirname(path), expected: 'a folder for the JUnit report', received: 'no such folder' })
  const facts = await stat(path).catch(() => null)
  if (facts === null || (facts.isFile() && (facts.size === 0 || (await beginsAsXml(path))))) return
  throw new ExistsError({
    subject: path,
    expected: 'a free name, or an XML file to replace',
    received: facts.isFile() ? 'a file that is no XML' : 'something that is not a file'
  })
}

async function beginsAsXml(path: string): Promise<boolean> {
  const handle = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(8), 0, 8, 0)
    return /^(\xef\xbb\xbf)?<(\?xml|test)/.test(buffer.toString('latin1', 0, bytesRead))
  } finally {
    await handle.close()
  }
}
