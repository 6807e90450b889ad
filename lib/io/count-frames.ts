import { assertDecoders } from './assert-decoders.js'
import { formatOf } from './format-of.js'
import { openFrames } from './open-frames.js'
import { pagesOf } from './pages-of.js'
import type { ReadFramesOptions } from './read-frames.js'

/**
 * Number of frames that `readFrames` will give. Only directories and sizes are read, no pixels (a gzip file is unpacked).
 * @param paths files, as from `findFrames`
 * @throws {OptionError} ERR_OPTION for an unknown format, a raw layout that cannot be, or decoders that are none
 * @throws {FormatError} ERR_FORMAT for unknown content or a damaged structure
 * @throws {StackError} ERR_STACK when a role is required, and a file does not say what its frames were taken for
 * @throws {IoError} ERR_IO for a file that is missing or cannot be read
 */
export async function countFrames(paths: readonly string[], options: Omit<ReadFramesOptions, 'hash'> = {}): Promise<number> {
  const { format: name, raw, role, requireRole = false, decoders = {} } = options
  assertDecoders(decoders)
  const format = formatOf(name, raw)
  let frames = 0
  for (const path of paths) {
    const file = await openFrames(path, format, decoders)
    try {
      frames += pagesOf(path, file, role, requireRole).length
    } finally {
      await file.close()
    }
  }
  return frames
}
