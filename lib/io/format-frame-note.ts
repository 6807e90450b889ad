import type { FrameInfo } from '../frame/frame-info.js'
import { version } from '../version.js'

/** What a note says beside what is known of the frame: how it was made. Plain JSON. */
export type FrameNoteFacts = Readonly<Record<string, unknown>>

/**
 * What is known of a frame as one line of JSON, for formats that have no place of their own for it: it stands in the ImageDescription of
 * TIFF, and in a file beside NPY and raw ones. `parseFrameNote` reads it back. `corrections` is the mark of a corrected frame.
 * @returns undefined when there is nothing to say
 */
export function formatFrameNote(info: FrameInfo = {}, facts: FrameNoteFacts = {}): string | undefined {
  const { corrections, name: _name, sha256: _sha256, role: _role, minIsWhite: _white, firstRowLowest: _lowest, ...frame } = info
  const isKnown = Object.values(frame).some((value) => value !== undefined)
  if (corrections === undefined && !isKnown && Object.keys(facts).length === 0) return undefined
  return JSON.stringify({ program: `flatpanel ${version}`, ...facts, corrections, frame: isKnown ? frame : undefined })
}
