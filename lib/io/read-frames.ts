import type { RawFrame } from '../frame/raw-frame.js'
import type { FrameFormat } from './formats/frame-format.js'
import { rawFormat } from './formats/raw.js'
import type { RawLayout } from './formats/raw.js'
import { hashFrame } from './hash-frame.js'
import { openFrames } from './open-frames.js'

export interface ReadFramesOptions {
  /**
   * Read every file as headerless raw of this layout.
   * @default undefined: formats are recognised by the first bytes
   */
  raw?: RawLayout
  /**
   * Put the SHA-256 of each frame (see `hashFrame`) into its info.
   * @default true
   */
  hash?: boolean
}

/**
 * Read the frames of files, one after the other: file by file in the given order, page by page. Values are returned as
 * stored; TIFF (see `tiffFormat`) is recognised by content, not by name.
 *
 * Can be iterated again, which opens the files again; one frame and one file are held at a time. Each frame has a buffer
 * of its own, and in its info `name` (`a.tif`, with more than one page `a.tif page 3`, counted from 1), `sha256`, and
 * `minIsWhite` where the file states it. Errors come from the iteration.
 * @param paths files, as from `findFrames`
 * @throws {OptionError} ERR_OPTION for a raw layout that cannot be
 * @throws {FormatError} ERR_FORMAT while iterating: unknown, damaged or unsupported content, with file and byte offset
 * @throws {IoError} ERR_IO while iterating: a file that is missing or cannot be read
 */
export function readFrames(paths: readonly string[], options: ReadFramesOptions = {}): AsyncIterable<RawFrame> {
  const { raw, hash = true } = options
  const format = raw && rawFormat(raw)
  const files = [...paths]
  return { [Symbol.asyncIterator]: () => iterate(files, format, hash) }
}

async function* iterate(paths: readonly string[], format: FrameFormat | undefined, hash: boolean): AsyncGenerator<RawFrame, void, void> {
  for (const path of paths) {
    const frames = await openFrames(path, format)
    try {
      for (let page = 0; page < frames.pages; page++) {
        const { data, shape, info } = await frames.readPage(page)
        const name = frames.pages === 1 ? path : `${path} page ${page + 1}`
        yield { data, shape, info: { ...info, name, ...(hash ? { sha256: hashFrame({ data, shape }) } : {}) } }
      }
    } finally {
      await frames.close()
    }
  }
}
