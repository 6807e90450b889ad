import { realpath } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { unzip } from 'node:zlib'
import { FormatError } from '../../../errors.js'
import { assertFrameCount } from '../assert-frame-count.js'
import type { FrameFile } from '../frame-file.js'
import type { FrameFormat } from '../frame-format.js'
import { bytesFile } from '../bytes-file.js'
import { pixelTypeFacts } from '../pixel-type-facts.js'
import { openFrameFile } from '../open-frame-file.js'
import { readWiderBlock } from '../read-wider-block.js'
import { isWider, widerTypes } from '../stored-type.js'
import { describeEdf } from './describe-edf.js'
import type { EdfFrame } from './describe-edf.js'
import { readEdfHeader } from './read-edf-header.js'

/** Most files beside it that hold pixels: each stays open. */
const mostBeside = 64
const fillBytes = 2 ** 20
/** Blocks end at a multiple of this: so much filling, whatever it holds, is no frame. */
const blockBoundary = 4096

/**
 * EDF, the data format of the ESRF: blocks of a text header and its unpacked pixels, integers of 8, 16, 32 bits and floats of 32, 64,
 * either byte order; also several frames behind one header (`Num_Images`), a general block first, and pixels in a file of the same
 * folder (`EDF_BinaryFileName`). Blocks may be packed by gzip or zlib. Arrays of other than two dimensions are refused by name, and
 * so are bytes that no
 * header explains.
 * @see ESRF Data Format, SaxsKeywords, P. Boesecke, 2007
 */
export const edfFormat: FrameFormat = {
  name: 'EDF',
  key: 'edf',
  extensions: ['.edf'],
  matches: (head) => /^\s*\{[^{}]*?\w[^{}=]*=/.test(Buffer.from(head.subarray(0, 512)).toString('latin1')),
  async open(file) {
    const beside = new Map<string, FrameFile>()
    const close = async (): Promise<void> => {
      for (const other of beside.values()) await other.close()
    }
    try {
      const frames = await readFrames(file, beside)
      return {
        pages: frames.length,
        async readPage(index) {
          const { rows, cols, info, source } = frames[index]
          const plain = await unpacked(source, frames[index])
          return { data: await readWiderBlock(plain.source, plain.frame), shape: [rows, cols], info }
        },
        close
      }
    } catch (error) {
      await close()
      throw error
    }
  }
}

const unpack = promisify<Uint8Array, { maxOutputLength: number }, Buffer>(unzip)

/** A frame whose pixels stand unpacked: in the file, or in memory. */
async function unpacked(source: FrameFile, frame: EdfFrame): Promise<{ source: FrameFile; frame: EdfFrame }> {
  const { rows, cols, type, position, packedBytes } = frame
  if (packedBytes === undefined) return { source, frame }
  const length = rows * cols * (isWider(type) ? widerTypes[type] : pixelTypeFacts[type]).bytes
  const refuse = (received: string, cause?: unknown): never => {
    throw new FormatError({ file: source.path, offset: position, expected: `compressed pixels of ${length} bytes`, received, cause })
  }
  const bytes = new Uint8Array(packedBytes)
  await source.read(bytes, position)
  const pixels = await unpack(bytes, { maxOutputLength: length }).catch((cause: Error) => refuse(cause.message, cause))
  if (pixels.length !== length) refuse(`${pixels.length} bytes`)
  return { source: bytesFile(source.path, pixels), frame: { ...frame, position: 0 } }
}

interface FoundFrame extends EdfFrame {
  readonly source: FrameFile
}

async function readFrames(file: FrameFile, beside: Map<string, FrameFile>): Promise<FoundFrame[]> {
  const frames: FoundFrame[] = []
  let general: ReadonlyMap<string, string> = new Map()
  for (let at = 0, headers = 0; at < file.size; headers++) {
    const header = await readEdfHeader(file, at)
    if (header === undefined) break
    assertFrameCount(file.path, headers, header.start)
    const name = header.values.get('edf_binaryfilename')
    const source = name === undefined ? file : await openBeside(file, header.start, name, beside)
    const found = describeEdf(file, source, header, general)
    if (found.frames.length === 0) general = new Map([...general, ...header.values])
    assertFrameCount(file.path, frames.length + found.frames.length, header.start)
    for (const frame of found.frames) frames.push({ ...frame, source })
    await assertFill(file, header.end, found)
    at = found.end
  }
  if (frames.length === 0) throw new FormatError({ file: file.path, expected: 'a block of header and pixels', received: 'none' })
  return frames
}

/** What a block holds beyond its pixels is filling: less than a frame, or zeros; frames that nobody counted are never passed over. */
async function assertFill(file: FrameFile, start: number, { frameBytes, used, end }: ReturnType<typeof describeEdf>): Promise<void> {
  const left = end - start - used
  if (left <= 0 || (left < frameBytes && left < blockBoundary)) return
  const refuse = (received: string): never => {
    throw new FormatError({
      file: file.path,
      offset: start + used,
      expected: `a block of ${used} bytes of pixels, or Num_Images where there are more frames`,
      received
    })
  }
  if (left % frameBytes === 0) refuse(`${left} bytes more: as many as ${left / frameBytes} frames`)
  for (let at = start + used; at < Math.min(end, file.size); at += fillBytes) {
    const piece = new Uint8Array(Math.min(fillBytes, Math.min(end, file.size) - at))
    await file.read(piece, at)
    if (piece.some((byte) => byte !== 0 && byte !== 0x20 && byte !== 0x0a)) refuse(`${left} bytes more, which are not all zeros`)
  }
}

/** A file of the same folder, also behind the links of the file system: a header leads nowhere else. */
async function openBeside(file: FrameFile, offset: number, name: string, beside: Map<string, FrameFile>): Promise<FrameFile> {
  const known = beside.get(name)
  if (known) return known
  const refuse = (received: string): never => {
    throw new FormatError({ file: file.path, offset, expected: 'EDF_BinaryFileName of a file in the same folder', received })
  }
  if (name === '' || name === '.' || name === '..' || name !== basename(name) || /[\\/\0]/.test(name)) refuse(name)
  if (beside.size === mostBeside) refuse(`more than ${mostBeside} of them`)
  const folder = await realpath(dirname(file.path))
  const path = await realpath(join(folder, name)).catch(() => refuse(`${name}, which is not there`))
  if (dirname(path) !== folder) refuse(`${name}, a link out of it`)
  const opened = await openFrameFile(path)
  beside.set(name, opened)
  return opened
}
