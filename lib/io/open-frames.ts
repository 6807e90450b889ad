import { endianness } from 'node:os'
import { FormatError } from '../errors.js'
import type { RawFrame } from '../frame/raw-frame.js'
import { assertLittleEndian } from './assert-little-endian.js'
import { FORMATS } from './formats/formats.js'
import type { FrameDecoders } from './formats/frame-decoder.js'
import type { FrameFile } from './formats/frame-file.js'
import type { FormatName, FrameFormat, FrameReader } from './formats/frame-format.js'
import { openFrameFile } from './formats/open-frame-file.js'
import { unpackGzip } from './formats/unpack-gzip.js'
import type { FrameNote } from './parse-frame-note.js'
import { readNoteBeside } from './read-note-beside.js'
import { splitInnerPath } from './split-inner-path.js'

assertLittleEndian(endianness())

/** Enough for every format: DICOM has its mark at byte 128, the text header of EDF says at its end where pixels begin. */
const headBytes = 4096

/** A file of frames that is open; close it. */
export interface OpenFrames extends FrameReader {
  /** How it was read. */
  readonly format: FrameFormat
  close(): Promise<void>
}

/**
 * Open a file of frames and check its structure. A gzip file is unpacked first, whatever is in it.
 * @param path a file, or `file::inside` for frames that have a path of their own in the file
 * @param format read it so, without looking at its first bytes; undefined: recognise it
 * @param decoders codecs that the caller gives
 * @throws {FormatError} ERR_FORMAT when no format is recognised, or the file is damaged
 * @throws {IoError} ERR_IO
 */
export async function openFrames(path: string, format: FrameFormat | undefined, decoders?: FrameDecoders): Promise<OpenFrames> {
  const { file: filePath, inside } = await splitInnerPath(path)
  const stored = await openFrameFile(filePath)
  try {
    const { file, head } = await unpack(stored)
    const found = format ?? recognise(file, head)
    const reader = await found.open(file, { inside, decoders })
    const note = NOTED_BESIDE.includes(found.key) ? await readNoteBeside(filePath) : undefined
    return {
      format: found,
      pages: reader.pages,
      roles: reader.roles,
      readPage: note ? async (index) => withNote(await reader.readPage(index), note) : (index) => reader.readPage(index),
      async close() {
        await reader.close?.()
        await stored.close()
      }
    }
  } catch (error) {
    await stored.close()
    throw error
  }
}

/** Formats without a place for words: what flatpanel has to say of their frames stands in a file beside them. */
const NOTED_BESIDE: readonly FormatName[] = ['npy', 'raw']

function withNote(frame: RawFrame, { info }: FrameNote): RawFrame {
  return { ...frame, info: { ...info, ...frame.info } }
}

async function unpack(stored: FrameFile): Promise<{ file: FrameFile; head: Uint8Array }> {
  const head = await readHead(stored)
  if (!(head[0] === 0x1f && head[1] === 0x8b && head[2] === 8)) return { file: stored, head }
  const file = await unpackGzip(stored)
  return { file, head: await readHead(file) }
}

async function readHead(file: FrameFile): Promise<Uint8Array> {
  const head = new Uint8Array(Math.min(headBytes, file.size))
  await file.read(head, 0)
  return head
}

function recognise(file: FrameFile, head: Uint8Array): FrameFormat {
  const format = FORMATS.find((candidate) => candidate.matches(head, file.size))
  if (format) return format
  const names = FORMATS.map(({ name }) => name).join(', ')
  throw new FormatError({
    file: file.path,
    offset: 0,
    expected: `a frame file (${names}); headerless raw needs its layout: rows, cols, type, byteOrder, headerBytes`,
    received:
      head.length === 0
        ? 'an empty file'
        : `first bytes ${Buffer.from(head.subarray(0, 16))
            .toString('hex')
            .replace(/(..)(?=.)/g, '$1 ')}`
  })
}
