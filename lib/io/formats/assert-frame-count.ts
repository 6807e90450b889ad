import { FormatError } from '../../errors.js'

/** Most frames of one file: each costs whoever lists them a little memory before its pixels are read. */
export const MOST_FRAMES = 1_000_000

/**
 * Assert that a file has not more frames than are read.
 * @throws {FormatError} ERR_FORMAT
 */
export function assertFrameCount(file: string, frames: number, offset?: number): void {
  if (frames <= MOST_FRAMES) return
  throw new FormatError({ file, offset, expected: `at most ${MOST_FRAMES} frames`, received: String(frames) })
}
