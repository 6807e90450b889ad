import { availableParallelism } from 'node:os'
import { buildCalibration } from '../../calibration/build-calibration.js'
import type { CalibrateOptions, CalibrationInput } from '../../calibration/calibrate-options.js'
import { StackStore } from '../../calibration/stacks/stack-store.js'
import type { CalibrationSet } from '../maps/calibration-set.js'
import { assertWholeNumber } from './assert-whole-number.js'
import { openStackTeam } from './open-stack-team.js'
import type { OpenedStackTeam } from './open-stack-team.js'

/** Options of {@link calibrateOnThreads}. */
export interface CalibrateOnThreadsOptions extends CalibrateOptions {
  /**
   * Worker threads, 1 to 64; 0: all is done on the calling thread.
   * @default the cores that the system gives to this process
   */
  readonly threads?: number
}

/** Each takes 8 MiB of the memory that holds the frames, 4 GiB at most. */
export const MOST_THREADS = 64

/**
 * `calibrate` of flatpanel/calibration with the same result to the bit, whose frames are hashed and combined by threads. They are started
 * for frames of 2^18 pixels and more, and end with it. uint16 frames that are read from files gain most when their source leaves the
 * hashing to the threads: `readFrames(files, { hash: false })`. Frames of arrays are combined on the calling thread.
 * @param input as for `calibrate`
 * @returns as `calibrate`
 * @throws {StackError} ERR_STACK, {ShapeError} ERR_SHAPE, {ModeError} ERR_MODE, {CalibrationError} ERR_CALIBRATION,
 * {OptionError} ERR_OPTION, {AbortedError} ERR_ABORTED as `calibrate`
 * @throws {IoError} ERR_IO when the system refuses a thread, or one ended before its time
 */
export async function calibrateOnThreads(input: CalibrationInput, options: CalibrateOnThreadsOptions = {}): Promise<CalibrationSet> {
  const { threads = Math.min(MOST_THREADS, availableParallelism()), ...rest } = options
  assertWholeNumber('threads', threads, 0, MOST_THREADS)
  let team: OpenedStackTeam | null = null
  const store = new StackStore(threads === 0 ? null : (space) => (team = openStackTeam(space, threads)))
  try {
    return await buildCalibration(input, rest, store)
  } finally {
    await (team as OpenedStackTeam | null)?.close()
  }
}
