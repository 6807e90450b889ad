import type { FileHandle } from 'node:fs/promises'
import { FormatError } from '../errors.js'
import { openJsonLog } from './open-json-log.js'
import { systemError } from './system-error.js'

/** One whole line of a log. */
export interface JsonLine {
  /** From 1. */
  readonly line: number
  readonly value: unknown
}

export interface JsonLines {
  readonly lines: readonly JsonLine[]
  /** Numbers, from 1, of lines that are no whole JSON document: torn by a crash. Empty lines are left out silently. */
  readonly torn: readonly number[]
}

export interface ReadJsonLinesOptions {
  /** What every record names in its `schema`. */
  readonly schema: string
  /** Most bytes of the file. @default 256 MiB: some 100 000 runs */
  readonly maximumBytes?: number
}

/** Bytes of one line at most, line feed included: far above any record, far below what would hurt. */
export const LONGEST_LINE = 2 ** 20
const PIECE = 2 ** 20

/**
 * Read a log of one JSON document per line, piece by piece. A line that is no whole document was torn by a crash: it is left out and
 * its number is told. An object closes with its last character, so the beginning of a record never passes for a record. What is
 * appended while this reads is not seen.
 * @throws {FormatError} ERR_FORMAT when the file does not begin as a log of this schema, is larger than `maximumBytes`, or has a line
 *   of more than 1 MiB
 * @throws {IoError} ERR_IO when it cannot be read, or is no file
 */
export async function readJsonLines(path: string, { schema, maximumBytes = 256 * 2 ** 20 }: ReadJsonLinesOptions): Promise<JsonLines> {
  const { handle, size } = await openJsonLog(path, schema)
  try {
    if (size > maximumBytes) {
      throw new FormatError({ file: path, expected: `a log of at most ${maximumBytes} bytes`, received: `${size} bytes: begin a new log` })
    }
    return await readLines(handle, path, size)
  } catch (error) {
    throw error instanceof Error && 'syscall' in error ? systemError(path, 'a log that can be read', error) : error
  } finally {
    await handle.close()
  }
}

async function readLines(handle: FileHandle, path: string, size: number): Promise<JsonLines> {
  const lines: JsonLine[] = []
  const torn: number[] = []
  let number = 0
  const take = (content: string): void => {
    number++
    if (content.trim() === '') return
    try {
      lines.push({ line: number, value: JSON.parse(content) })
    } catch {
      torn.push(number)
    }
  }
  let rest = Buffer.alloc(0)
  for (let at = 0; at < size;) {
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(Math.min(PIECE, size - at)), 0, undefined, at)
    if (bytesRead === 0) break
    at += bytesRead
    const bytes = Buffer.concat([rest, buffer.subarray(0, bytesRead)])
    let start = 0
    for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, start)) {
      take(bytes.toString('utf8', start, end))
      start = end + 1
    }
    rest = bytes.subarray(start)
    if (rest.length < LONGEST_LINE) continue
    throw new FormatError({ file: path, expected: `lines of at most ${LONGEST_LINE} bytes`, received: `a longer line ${number + 1}` })
  }
  take(rest.toString('utf8'))
  return { lines, torn }
}
