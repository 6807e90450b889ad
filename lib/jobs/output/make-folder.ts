import { access, constants, mkdir, rmdir } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { IoError } from '../../errors.js'

/** A folder for outputs. */
export interface MadeFolder {
  /** Remove what had to be made for it, as far as nothing was put there. */
  removeIfEmpty(): Promise<void>
}

/**
 * Make a folder for outputs, and those above it, where they are missing; one that cannot be written to is found here, before the work.
 * @throws {IoError} ERR_IO when it cannot be made, or is a file
 */
export async function makeFolder(folder: string): Promise<MadeFolder> {
  const refuse = (cause: Error): never => {
    throw new IoError({ subject: folder, expected: 'a folder that can be written to', received: cause.message, cause })
  }
  const topmost = await mkdir(folder, { recursive: true }).catch(refuse)
  await access(folder, constants.W_OK | constants.X_OK).catch(refuse)
  return {
    async removeIfEmpty() {
      if (topmost === undefined) return
      const top = resolve(topmost)
      for (let at = resolve(folder); at.startsWith(top); at = dirname(at)) {
        try {
          await rmdir(at)
        } catch {
          return
        }
      }
    }
  }
}
