import { AbortedError } from '../lib/errors.js'
import type { RunOptions } from './run-options.js'

/**
 * Tell how far a stage is, and end it when the caller's signal says so.
 * @throws {AbortedError} ERR_ABORTED
 */
export function checkPoint(run: RunOptions, stage: string, done: number, total: number | null): void {
  if (run.signal?.aborted) throw new AbortedError(stage, run.signal.reason)
  run.onProgress?.({ stage, done, total })
}
