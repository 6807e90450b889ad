import { isDetectorError } from '../errors.js'

/** Exit codes of the command. */
export const EXIT = Object.freeze({ done: 0, bug: 1, usage: 2, refused: 3, limits: 4, interrupted: 130 })

/** The exit code that goes with an error: 2 usage, 3 input refused or output exists, 130 interrupted, 1 our bug. */
export function exitCodeOf(error: unknown): number {
  if (isDetectorError(error, 'ERR_ABORTED')) return EXIT.interrupted
  if (isDetectorError(error, 'ERR_OPTION')) return EXIT.usage
  if (isDetectorError(error)) return EXIT.refused
  return EXIT.bug
}
