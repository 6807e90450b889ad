import { endianness } from 'node:os'
import { FormatError } from '../errors.js'
import { assertLittleEndian } from './assert-little-endian.js'
import type { FrameFile } from './formats/frame-file.js'
import type { FrameFormat, FrameReader } from './formats/frame-format.js'
import { openFrameFile } from './formats/open-frame-file.js'
import { tiffFormat } from './formats/tiff/tiff.js'

assertLittleEndian(endianness())

/** Formats that are recognised by the first bytes of a file, whatever its name is. */
const formats: readonly FrameFormat[] = [tiffFormat]
const headBytes = 16

/** A file of frames that is open; close it. */
export interface OpenFrames extends FrameReader {
  close(): Promise<void>
}

/**
 * Open a file of frames and check its structure.
 * @param format read it so, without looking at its first bytes; undefined: recognise it
 * @throws {FormatError} ERR_FORMAT when no format is recognised, or the file is damaged
 * @throws {IoError} ERR_IO
 */
export async function openFrames(path: string, format: FrameFormat | undefined): Promise<OpenFrames> {
  const file = await openFrameFile(path)
  try {
    const reader = await (format ?? (await recognise(file))).open(file)
    return { pages: reader.pages, readPage: (index) => reader.readPage(index), close: () => file.close() }
  } catch (error) {
    await file.close()
    throw error
  }
}

async function recognise(file: FrameFile): Promise<FrameFormat> {
  const head = new Uint8Array(Math.min(headBytes, file.size))
  await file.read(head, 0)
  const format = formats.find((candidate) => candidate.matches(head))
  if (format) return format
  const names = formats.map(({ name }) => name).join(', ')
  throw new FormatError({
    file: file.path,
    offset: 0,
    expected: `a frame file (${names}); headerless raw needs its layout: rows, cols, type, byteOrder, headerBytes`,
    received: head.length === 0 ? 'an empty file' : `first bytes ${Buffer.from(head).toString('hex').replace(/(..)(?=.)/g, '$1 ')}`
  })
}
