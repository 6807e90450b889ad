/**
 * Every error that flatpanel raises on purpose. One class per situation that a caller can act on; `code` is stable,
 * the message always says subject, expected, received. The library prints nothing and never exits.
 */

/** The stable codes; see the class that carries each. */
export type DetectorErrorCode =
  | 'ERR_SHAPE'
  | 'ERR_OPTION'
  | 'ERR_STACK'
  | 'ERR_CALIBRATION'
  | 'ERR_MODE'
  | 'ERR_FORMAT'
  | 'ERR_CHECKSUM'
  | 'ERR_EXISTS'
  | 'ERR_IO'
  | 'ERR_ABORTED'

/** What an error is about: the thing, what it had to be, what it was. */
export interface ErrorFacts {
  /** The thing that was refused: `raw frame`, `option "bits"`, `darks/d3.tif`. */
  subject: string
  expected: string
  received: string
  /** The error underneath, where there is one. */
  cause?: unknown
}

/** Base of all errors of this package. The message reads `subject: expected …, received …`. */
export abstract class DetectorError extends Error {
  abstract readonly code: DetectorErrorCode
  readonly subject: string
  readonly expected: string
  readonly received: string

  constructor(facts: ErrorFacts) {
    const [subject, expected, received] = [facts.subject, facts.expected, facts.received].map(bounded)
    super(`${subject}: expected ${expected}, received ${received}`, facts.cause === undefined ? undefined : { cause: facts.cause })
    this.name = new.target.name
    this.subject = subject
    this.expected = expected
    this.received = received
  }
}

/** Longest text of each part of a message: what a file holds may be as long as the file. */
const longestText = 4000

function bounded(text: string): string {
  return text.length <= longestText ? text : `${text.slice(0, longestText)}... (${text.length} characters)`
}

/** A frame, map or region whose shape does not fit. */
export class ShapeError extends DetectorError {
  readonly code = 'ERR_SHAPE'
}

/** An option or argument outside its range, of the wrong type, or contradicting another. */
export class OptionError extends DetectorError {
  readonly code = 'ERR_OPTION'
}

/** A stack that cannot serve: empty, spent, too short, mixed, beam on in the dark, saturated. */
export class StackError extends DetectorError {
  readonly code = 'ERR_STACK'
  /** The frames concerned, as indices into the stack from 0; empty when it is the stack as a whole. */
  readonly frames: readonly number[]

  constructor(facts: ErrorFacts & { frames?: readonly number[] }) {
    super(facts)
    this.frames = facts.frames ?? []
  }
}

/** A calibration that cannot serve: maps of different shapes, no good pixel, a schema that is not ours. */
export class CalibrationError extends DetectorError {
  readonly code = 'ERR_CALIBRATION'
}

/** A frame or map taken in another mode (binning, gain range, integration time, ...) than the calibration. */
export class ModeError extends DetectorError {
  readonly code = 'ERR_MODE'
}

/** A file that is damaged, lies about itself, or holds what we refuse to guess. */
export class FormatError extends DetectorError {
  readonly code = 'ERR_FORMAT'
  readonly file: string
  /** Byte offset in the file where the trouble stands, if known. */
  readonly offset: number | null
  /** Line of a text file where the trouble stands, from 1, if known. */
  readonly line: number | null
  /** Column in that line, in characters from 1, if known. */
  readonly column: number | null

  constructor(facts: Omit<ErrorFacts, 'subject'> & { file: string; offset?: number | null; line?: number | null; column?: number | null }) {
    const { file, offset = null, line = null, column = null } = facts
    super({ ...facts, subject: placeIn(file, offset, line, column) })
    this.file = file
    this.offset = offset
    this.line = line
    this.column = column
  }
}

function placeIn(file: string, offset: number | null, line: number | null, column: number | null): string {
  if (line !== null) return column === null ? `${file}:${line}` : `${file}:${line}:${column}`
  return offset === null ? file : `${file} at byte ${offset}`
}

/** A frame of a file that is whole, of which nothing, or not everything, was ever written: a scan that was ended, a module that was off. */
export class UnwrittenFrameError extends FormatError {}

/** A stored checksum that does not match the bytes. */
export class ChecksumError extends DetectorError {
  readonly code = 'ERR_CHECKSUM'
}

/** An output that is already there, or would replace an input. */
export class ExistsError extends DetectorError {
  readonly code = 'ERR_EXISTS'
}

/** The operating system refused; its error is the `cause`. */
export class IoError extends DetectorError {
  readonly code = 'ERR_IO'
}

/** The caller's `AbortSignal`, or Ctrl-C, ended the work. */
export class AbortedError extends DetectorError {
  readonly code = 'ERR_ABORTED'

  constructor(subject: string, cause?: unknown) {
    super({ subject, expected: 'to run to its end', received: 'an abort', cause })
  }
}

/** Union of the concrete classes, so that narrowing by code gives the fields of that class. */
export type AnyDetectorError =
  ShapeError | OptionError | StackError | CalibrationError | ModeError | FormatError | ChecksumError | ExistsError | IoError | AbortedError

/**
 * True when `error` was raised by this package, and carries one of `codes` where any are given.
 * @param error anything that was caught
 * @param codes none: any of ours
 */
export function isDetectorError<C extends DetectorErrorCode = DetectorErrorCode>(
  error: unknown,
  ...codes: C[]
): error is Extract<AnyDetectorError, { code: C }> {
  return error instanceof DetectorError && (codes.length === 0 || (codes as string[]).includes(error.code))
}
