import { copyFile, link } from 'node:fs/promises'
import { isDetectorError } from '../errors.js'
import { replaceFile } from './replace-file.js'

/**
 * Give a file a second name: a hard link, made in an instant and complete at every instant; where the file system has none, a copy.
 * @returns false when the name is taken, which is left alone
 * @throws {IoError} ERR_IO
 */
export async function keepFile(path: string, second: string): Promise<boolean> {
  try {
    await link(path, second)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
  }
  try {
    await replaceFile(second, (temporaryPath) => copyFile(path, temporaryPath), { overwrite: false })
    return true
  } catch (error) {
    if (isDetectorError(error, 'ERR_EXISTS')) return false
    throw error
  }
}
