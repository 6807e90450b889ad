import { UnwrittenFrameError } from '../errors.js'
import type { FrameRole } from '../frame/frame-info.js'
import type { RawFrame } from '../frame/raw-frame.js'
import { assertDecoders } from './assert-decoders.js'
import { formatOf } from './format-of.js'
import type { FrameDecoders } from './formats/frame-decoder.js'
import type { FormatName, FrameFormat } from './formats/frame-format.js'
import type { RawLayout } from './formats/raw.js'
import { frameMemory } from './formats/frame-memory.js'
import { hashFrame } from './hash-frame.js'
import { openFrames } from './open-frames.js'
import { pagesOf } from './pages-of.js'

export interface ReadFramesOptions {
  /**
   * Read every file as this format.
   * @default undefined: formats are recognised by content
   */
  format?: FormatName
  /**
   * Read every file as headerless raw of this layout.
   * @default undefined: not raw
   */
  raw?: RawLayout
  /**
   * Of a file that says what its frames were taken for, only these; of other files every frame.
   * @default undefined: every frame
   */
  role?: FrameRole
  /**
   * Refuse a file that does not say what its frames were taken for.
   * @default false
   */
  requireRole?: boolean
  /**
   * Put the SHA-256 of each frame (see `hashFrame`) into its info.
   * @default true
   */
  hash?: boolean
  /**
   * Let a frame take the memory of the one before: each is then valid until the next one is asked for.
   * @default false: each frame has a buffer of its own
   */
  reuse?: boolean
  /**
   * Codecs for pixels that this library does not unpack itself: `jpeg-ls`, `jpeg-2000`, `htj2k` and `jpeg-lossless` in DICOM.
   * @default {}: such files are refused by name
   */
  decoders?: FrameDecoders
  /**
   * Leave out frames that were never written, as a scan has them that was ended early, and say each here. A file of which no frame was
   * written is refused all the same.
   * @default undefined: such a frame is refused
   */
  onUnwritten?: (frame: UnwrittenFrame) => void
}

/** A frame that was left out. */
export interface UnwrittenFrame {
  readonly file: string
  /** From 0. */
  readonly page: number
}

/**
 * Read the frames of files, one after the other: file by file in the given order, page by page. Values are returned as
 * stored; the format is recognised by content, not by name, and gzip is unpacked on the way.
 *
 * Can be iterated again, which opens the files again; one frame and one file are held at a time. Each frame has a buffer
 * of its own (see `reuse`), and in its info `name` (`a.tif`, with more than one page `a.tif page 3`, counted from 1), `sha256`, and what
 * the file states of the exposure. Errors come from the iteration.
 * @param paths files, as from `findFrames`; `file::inside` for a dataset of HDF5 or an array of NPZ
 * @throws {OptionError} ERR_OPTION for an unknown format, a raw layout that cannot be, or decoders that are none
 * @throws {UnwrittenFrameError} ERR_FORMAT while iterating: a frame that was never written (see `onUnwritten`)
 * @throws {FormatError} ERR_FORMAT while iterating: unknown, damaged or unsupported content, with file and byte offset
 * @throws {StackError} ERR_STACK while iterating: a role is required, and a file does not say what its frames were taken for
 * @throws {IoError} ERR_IO while iterating: a file that is missing or cannot be read
 */
export function readFrames(paths: readonly string[], options: ReadFramesOptions = {}): AsyncIterable<RawFrame> {
  const { format, raw, role, requireRole = false, hash = true, reuse = false, decoders = {}, onUnwritten } = options
  assertDecoders(decoders)
  const reading = { format: formatOf(format, raw), role, requireRole, hash, reuse, decoders, onUnwritten }
  const files = [...paths]
  return { [Symbol.asyncIterator]: () => iterate(files, reading) }
}

interface Reading {
  readonly format: FrameFormat | undefined
  readonly role: FrameRole | undefined
  readonly requireRole: boolean
  readonly hash: boolean
  readonly reuse: boolean
  readonly decoders: FrameDecoders
  readonly onUnwritten: ReadFramesOptions['onUnwritten']
}

async function* iterate(paths: readonly string[], reading: Reading): AsyncGenerator<RawFrame, void, void> {
  if (reading.reuse) frameMemory.beginReuse()
  try {
    for (const path of paths) {
      for await (const frame of framesOfFile(path, reading)) {
        yield frame
        const { buffer, byteLength } = frame.data
        if (reading.reuse && buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) frameMemory.giveBack(buffer)
      }
    }
  } finally {
    if (reading.reuse) frameMemory.endReuse()
  }
}

async function* framesOfFile(path: string, reading: Reading): AsyncGenerator<RawFrame, void, void> {
  const { format, role, requireRole, hash, decoders, onUnwritten } = reading
  const frames = await openFrames(path, format, decoders)
  try {
    let written = 0
    let refused: UnwrittenFrameError | undefined
    for (const page of pagesOf(path, frames, role, requireRole)) {
      const read = await frames.readPage(page).catch((error: unknown) => {
        if (!(onUnwritten && error instanceof UnwrittenFrameError)) throw error
        refused = error
        onUnwritten({ file: path, page })
        return null
      })
      if (read === null) continue
      written++
      const { data, shape, info } = read
      const name = frames.pages === 1 ? path : `${path} page ${page + 1}`
      const takenFor = frames.roles?.[page]
      const sha256 = hash ? hashFrame({ data, shape }) : undefined
      yield { data, shape, info: { ...info, ...(takenFor && { role: takenFor }), name, ...(sha256 && { sha256 }) } }
    }
    if (written === 0 && refused) throw refused
  } finally {
    await frames.close()
  }
}
