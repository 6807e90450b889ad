import type { FileHandle } from 'node:fs/promises'

/** Most bytes given to the system at once; it takes less than 2 GiB. */
const largestWrite = 2 ** 30

/** Write all bytes at a position of an open file, in as many calls as the system needs. */
export async function writeFully(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, done, Math.min(bytes.length - done, largestWrite), position + done)
    done += bytesWritten
  }
}
