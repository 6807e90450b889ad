import { open, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { FormatError } from '../../errors.js'
import { systemError } from '../system-error.js'
import type { FrameFile } from './frame-file.js'

/** Most bytes asked of the system at once; it takes less than 2 GiB. */
const largestRead = 2 ** 30

/**
 * Open a file for reading at any position. Only regular files: a pipe has no positions, and opening one would wait.
 * @throws {IoError} ERR_IO when it is missing, no regular file, or cannot be opened
 */
export async function openFrameFile(path: string): Promise<FrameFile> {
  const facts = await stat(path).catch((error: unknown) => {
    throw systemError(path, 'a file that can be read', error)
  })
  if (!facts.isFile()) throw systemError(path, 'a regular file', facts.isDirectory() ? 'a folder' : 'something else')
  const handle = await open(path, 'r').catch((error: unknown) => {
    throw systemError(path, 'a file that can be read', error)
  })
  return {
    path,
    size: facts.size,
    read: (target, position) => readFully(handle, path, facts.size, target, position),
    close: () => handle.close()
  }
}

async function readFully(handle: FileHandle, path: string, size: number, target: Uint8Array, position: number): Promise<void> {
  if (position + target.length > size) {
    throw new FormatError({
      file: path,
      offset: position,
      expected: `${target.length} bytes`,
      received: `${Math.max(0, size - position)} up to the end of the file (${size} bytes)`
    })
  }
  for (let done = 0; done < target.length;) {
    const length = Math.min(target.length - done, largestRead)
    const { bytesRead } = await handle.read(target, done, length, position + done).catch((error: unknown) => {
      throw systemError(path, `${length} bytes at byte ${position + done}`, error)
    })
    if (bytesRead === 0) {
      throw new FormatError({
        file: path,
        offset: position + done,
        expected: `a file of ${size} bytes, as when it was opened`,
        received: 'its end: something shortens the file while it is read'
      })
    }
    done += bytesRead
  }
}
