import type { CorrectedPixels, CorrectionFacts, CorrectorOptions, FrameInput, FrameOutput } from '../correction/corrector.js'
import type { CalibrationSet } from '../maps/calibration-set.js'
import type { Shape } from '../frame/shape.js'

/** Options of `createCorrectionPool`. */
export interface CorrectionPoolOptions extends CorrectorOptions {
  /**
   * Worker threads, 1 to 256.
   * @default the cores that the system gives to this process, less one for the calling thread; at least 1
   */
  threads?: number
}

/** Options of `CorrectionPool.correct`. */
export interface PoolCorrectOptions<T extends CorrectedPixels> {
  /**
   * Where the corrected frame goes, as for a corrector; without a copy when it comes from `allocOutput`.
   * @default a new typed array
   */
  out?: FrameOutput<T>
  /** Ends the work on this frame early; `out` then holds anything. */
  signal?: AbortSignal
  /**
   * Threads that share this frame: all for the lowest latency, 1 for the highest throughput of several frames at once. At least 1.
   * @default all
   */
  threads?: number
}

/** A corrected frame and what was done to it. */
export interface PoolResult<T extends CorrectedPixels> {
  /** rows * cols values, DN. */
  readonly data: T
  readonly facts: CorrectionFacts
}

/** Corrects the frames of one panel on several threads, with the bits and the counts of a corrector. */
export interface CorrectionPool<T extends CorrectedPixels = CorrectedPixels> {
  /** Shape of raw and corrected frames, [rows, cols]. */
  readonly shape: Shape
  /** Worker threads; 0 where all is done on the calling thread, because there is no WebAssembly with SIMD. */
  readonly threads: number
  /** The loops in use. */
  readonly kernels: 'simd' | 'typescript'

  /**
   * Correct one frame, in strips of rows over the threads. Several may be under way; each is as `Corrector.correct`. The raw frame and
   * `out` are the pool's until the promise settles. Frames of other types than uint16 are corrected on the calling thread.
   * @param raw DN, any real type of 8 to 64 bits
   * @throws {ShapeError} ERR_SHAPE, {ModeError} ERR_MODE, {FormatError} ERR_FORMAT, {OptionError} ERR_OPTION as `Corrector.correct`,
   * ERR_OPTION also after `close`
   * @throws {AbortedError} ERR_ABORTED
   * @throws {IoError} ERR_IO when a thread ended before its time: the others go on with the next frames
   */
  correct(raw: FrameInput, options?: PoolCorrectOptions<T>): Promise<PoolResult<T>>
  /**
   * Use another calibration of the same shape, from the frames on that are given after this call; those before keep theirs.
   * @throws {ShapeError} ERR_SHAPE, {CalibrationError} ERR_CALIBRATION, {ModeError} ERR_MODE: the old one then stays
   */
  setCalibration(next: CalibrationSet): Promise<void>
  /** True when a step keeps something from frame to frame: frames are then corrected in the order in which they are given. */
  readonly keepsState: boolean
  /** Let the steps that keep something see a frame that nobody wants corrected; does nothing where there is none. */
  pass(raw: FrameInput): Promise<void>
  /** A raw frame in the memory of the pool, corrected without a copy; it lives as long as the pool: make a ring and use it again. */
  allocRaw(): Uint16Array
  /** A corrected frame in the memory of the pool, for `out`; as `allocRaw`. */
  allocOutput(): T
  /** True for pixels in the memory of the pool. */
  owns(pixels: ArrayBufferView): boolean
  /** End the threads when the frames under way are done; more are refused. */
  close(): Promise<void>
}
