import { FormatError } from '../../errors.js'
import type { FrameFile } from './frame-file.js'

/**
 * Bytes in memory, read as a file.
 * @param path for messages
 */
export function bytesFile(path: string, bytes: Uint8Array): FrameFile {
  const size = bytes.length
  return {
    path,
    size,
    bytes,
    async read(target, position) {
      if (position + target.length > size) {
        throw new FormatError({
          file: path,
          offset: position,
          expected: `${target.length} bytes`,
          received: `${Math.max(0, size - position)} up to the end of the file (${size} bytes)`
        })
      }
      target.set(bytes.subarray(position, position + target.length))
    },
    async close() {}
  }
}
