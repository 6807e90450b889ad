import { rawFormat } from './formats/raw.js'
import { openFrames } from './open-frames.js'
import type { ReadFramesOptions } from './read-frames.js'

/**
 * Number of frames that `readFrames` will give. Only directories and sizes are read, no pixels.
 * @param paths files, as from `findFrames`
 * @throws {OptionError} ERR_OPTION for a raw layout that cannot be
 * @throws {FormatError} ERR_FORMAT for unknown content or a damaged structure
 * @throws {IoError} ERR_IO for a file that is missing or cannot be read
 */
export async function countFrames(paths: readonly string[], options: Pick<ReadFramesOptions, 'raw'> = {}): Promise<number> {
  const { raw } = options
  const format = raw && rawFormat(raw)
  let frames = 0
  for (const path of paths) {
    const file = await openFrames(path, format)
    frames += file.pages
    await file.close()
  }
  return frames
}
