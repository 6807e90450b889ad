import { FormatError } from '../../../errors.js'
import type { FrameFile } from '../frame-file.js'

export interface EdfHeader {
  /** By keyword in lower case. */
  readonly values: ReadonlyMap<string, string>
  /** Byte of the first pixel. */
  readonly end: number
}

/** The header is looked for in pieces of this size. */
const pieceBytes = 4096
/** Longest header that is looked at. */
const longestHeader = 2 ** 20

/**
 * Read the header that begins at a byte: `{ Keyword = value ; ... }` and a line feed.
 * @returns undefined when only white space or zeros follow: the end of the file is filled up
 * @throws {FormatError} ERR_FORMAT when something else stands there, or the header does not end
 */
export async function readEdfHeader(file: FrameFile, position: number): Promise<EdfHeader | undefined> {
  let text = ''
  let end = -1
  for (let at = position; end < 0 && at < file.size && text.length < longestHeader; at += pieceBytes) {
    const piece = new Uint8Array(Math.min(pieceBytes, file.size - at))
    await file.read(piece, at)
    const before = Math.max(0, text.length - 1)
    text += Buffer.from(piece.buffer).toString('latin1')
    end = endOf(text, before)
    if (at === position && !/^\s*\{/.test(text)) {
      if (/^[\s\0]*$/.test(text)) return undefined
      throw new FormatError({
        file: file.path,
        offset: position,
        expected: 'a header that begins with {',
        received: JSON.stringify(text.slice(0, 8))
      })
    }
  }
  if (end < 0)
    throw new FormatError({
      file: file.path,
      offset: position,
      expected: `a header that ends with } within ${longestHeader} bytes`,
      received: 'none'
    })
  return { values: parse(text.slice(0, end)), end: position + end }
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
  for (const line of text.slice(text.indexOf('{') + 1, text.lastIndexOf('}')).split(/;\s*(?:\n|$)|;/)) {
    const at = line.indexOf('=')
    if (at > 0) values.set(line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim())
  }
  return values
}
