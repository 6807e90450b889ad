import { FormatError } from '../../../errors.js'
import type { FrameFile } from '../frame-file.js'

export interface EdfHeader {
  /** By keyword in lower case. */
  readonly values: ReadonlyMap<string, string>
  /** Byte of its `{`. */
  readonly start: number
  /** Byte of the first pixel. */
  readonly end: number
}

/** The header is looked for in pieces of this size. */
const pieceBytes = 4096
/** Blocks are filled up in pieces of this size. */
const fillBytes = 2 ** 20
/** Longest header that is looked at. */
const longestHeader = 2 ** 20

/**
 * Read the header that begins at a byte, or behind white space and zeros: `{ Keyword = value ; ... }` and a line feed. Where
 * `EDF_HeaderSize` says how long it is, it is that long: a `}` inside of a value ends nothing.
 * @returns undefined when only white space or zeros follow: the end of the file is filled up
 * @throws {FormatError} ERR_FORMAT when something else stands there, the header does not end, or its size disagrees with its `}`
 */
export async function readEdfHeader(file: FrameFile, position: number): Promise<EdfHeader | undefined> {
  const start = await skipFill(file, position)
  if (start === undefined) return undefined
  const refuse = (expected: string, received: string): never => {
    throw new FormatError({ file: file.path, offset: start, expected, received })
  }
  let text = ''
  let stated: number | undefined
  let length = -1
  while (length < 0 && start + text.length < file.size && text.length < longestHeader) {
    const before = text.length
    text += await textAt(file, start + before, pieceBytes)
    if (before === 0 && !text.startsWith('{')) refuse('a header that begins with {', JSON.stringify(text.slice(0, 8)))
    if (before === 0) stated = statedSize(text)
    length = stated === undefined ? endOf(text, Math.max(0, before - 1)) : stated <= text.length ? stated : -1
  }
  if (stated !== undefined && (length < 0 || !/\}\s*$/.test(text.slice(Math.max(0, stated - pieceBytes), stated)))) {
    refuse(`a header that ends with } within the ${stated} bytes of its EDF_HeaderSize`, 'none')
  }
  if (length < 0) refuse(`a header that ends with } within ${longestHeader} bytes`, 'none')
  return { values: parse(text.slice(0, length)), start, end: start + length }
}

/** Where something begins that is no filling; undefined: nowhere. */
async function skipFill(file: FrameFile, position: number): Promise<number | undefined> {
  for (let at = position, bytes = pieceBytes; at < file.size; at += bytes, bytes = fillBytes) {
    const found = (await textAt(file, at, bytes)).search(/[^\s\0]/)
    if (found >= 0) return at + found
  }
  return undefined
}

async function textAt(file: FrameFile, position: number, most: number): Promise<string> {
  const piece = new Uint8Array(Math.min(most, file.size - position))
  await file.read(piece, position)
  return Buffer.from(piece.buffer).toString('latin1')
}

function statedSize(text: string): number | undefined {
  const size = /[{;\n]\s*EDF_HeaderSize\s*=\s*(\d{1,10})\s*;/i.exec(text.slice(0, endOf(text, 0) >>> 0))?.[1]
  return size === undefined ? undefined : Number(size)
}

/** Behind the `}` that ends the header and its line feed. */
function endOf(text: string, from: number): number {
  const found = /\}(\r\n|\n)/g
  found.lastIndex = from
  const match = found.exec(text)
  return match ? match.index + match[0].length : -1
}

function parse(text: string): Map<string, string> {
  const values = new Map<string, string>()
  for (const line of text.slice(1, text.lastIndexOf('}')).split(';')) {
    const at = line.indexOf('=')
    if (at > 0) values.set(line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim())
  }
  return values
}
