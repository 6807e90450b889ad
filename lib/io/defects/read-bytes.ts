import { openFrameFile } from '../formats/open-frame-file.js'
import { FormatError } from '../../errors.js'

/** Larger files are none of ours: the text form of 5 million entries has half of it. */
const longest = 2 ** 29 - 1

/**
 * The bytes of a regular file, whole.
 * @throws {FormatError} ERR_FORMAT when it is longer than 512 MiB
 * @throws {IoError} ERR_IO when it cannot be read
 */
export async function readBytes(path: string): Promise<Uint8Array> {
  const file = await openFrameFile(path)
  try {
    if (file.size > longest)
      throw new FormatError({ file: path, expected: `a file of at most ${longest} bytes`, received: `${file.size} bytes` })
    const bytes = new Uint8Array(file.size)
    await file.read(bytes, 0)
    return bytes
  } finally {
    await file.close()
  }
}
