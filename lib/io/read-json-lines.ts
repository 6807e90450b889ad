import { readFile } from 'node:fs/promises'
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

/**
 * Read a log of one JSON document per line. A line that is no whole document was torn by a crash: it is left out and its
 * number is told. An object closes with its last character, so the beginning of a record never passes for a record.
 * @throws {IoError} ERR_IO when the file cannot be read
 */
export async function readJsonLines(path: string): Promise<JsonLines> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw systemError(path, 'a log that can be read', error)
  })
  const lines: JsonLine[] = []
  const torn: number[] = []
  text.split('\n').forEach((content, index) => {
    if (content.trim() === '') return
    try {
      lines.push({ line: index + 1, value: JSON.parse(content) })
    } catch {
      torn.push(index + 1)
    }
  })
  return { lines, torn }
}
