import type { Block } from '../report/blocks/block.js'

/** Where a stream of text goes: process.stdout, or a collector in a test. */
export interface TextStream {
  write(text: string): unknown
  readonly isTTY?: boolean
}

/** What the command is given by its surroundings. */
export interface Surroundings {
  readonly stdout: TextStream
  readonly stderr: TextStream
  /** Aborted on Ctrl-C. */
  readonly signal: AbortSignal
}

/** Shows how far long work is: a bar on a terminal, one line per stage elsewhere. */
export interface Progress {
  /** Work of `stage` has come to `done` of `total` (null: not known how many). */
  report(stage: string, done: number, total: number | null): void
  /** The work is over, well or not: leave the terminal tidy. */
  stop(): void
}

/** What a command works with: results by `print`, talk by `say`, progress by `progress`. */
export interface Terminal {
  /** A result, for people: on stdout, nothing with --json; what one call brings stands apart from what the last one brought. */
  print(result: readonly Block[] | string): void
  /** The result, for programs: the one document on stdout, nothing without --json. */
  document(value: unknown): void
  /** Talk: one line on stderr; nothing with --quiet. */
  say(text: string): void
  readonly progress: Progress
  readonly signal: AbortSignal
  readonly json: boolean
}
