import { readFile, stat } from 'node:fs/promises'
import { LONGEST_NOTE, parseFrameNote } from './parse-frame-note.js'
import type { FrameNote } from './parse-frame-note.js'
import { systemError } from './system-error.js'

/** Where the note of a file stands that has no place for it itself: `scan.npy.json`. */
export function noteBeside(path: string): string {
  return `${path}.json`
}

/**
 * Read the note beside a file of frames.
 * @returns undefined where there is none, or something else stands there
 * @throws {IoError} ERR_IO when there is one that cannot be read: it may say that the frames were corrected
 */
export async function readNoteBeside(path: string): Promise<FrameNote | undefined> {
  const beside = noteBeside(path)
  const facts = await stat(beside).catch(() => null)
  if (!facts?.isFile() || facts.size > LONGEST_NOTE) return undefined
  const text = await readFile(beside, 'utf8').catch((error: unknown) => {
    throw systemError(beside, 'a note that can be read', error)
  })
  return parseFrameNote(text.trim())
}
