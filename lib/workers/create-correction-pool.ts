import { availableParallelism } from 'node:os'
import { FrameCorrector } from '../correction/frame-corrector.js'
import { SimdEngine } from '../correction/simd-engine.js'
import { AbortedError, OptionError } from '../errors.js'
import { assertWholeNumber } from './assert-whole-number.js'
import { describeJobs } from './describe-jobs.js'
import { FrameRing } from './frame-ring.js'
import { JobRunner } from './job-runner.js'
import type { CorrectedPixels, CorrectionFacts, CorrectorOptions, FrameInput } from '../correction/corrector.js'
import type { Shape } from '../frame/shape.js'
import type { CalibrationSet } from '../maps/calibration-set.js'
import type { JobCounts } from './job-runner.js'
import type { CorrectionPool, CorrectionPoolOptions, PoolCorrectOptions, PoolResult } from './correction-pool.js'

const MOST_THREADS = 256
/** Frames of foreign memory that are in the memory of the pool at a time: one is worked on, one is copied. */
const FOREIGN_FRAMES = 2

/**
 * Make a pool of threads that correct the frames of one panel. They share one memory with the maps; results do not depend on their
 * number. Idle threads do not keep the process alive, and frames under way do.
 * @param calibration as for `createCorrector`
 * @throws {CalibrationError} ERR_CALIBRATION, {ShapeError} ERR_SHAPE, {ModeError} ERR_MODE, {OptionError} ERR_OPTION as `createCorrector`
 * @throws {IoError} ERR_IO when the system refuses a thread
 */
export function createCorrectionPool(
  calibration: CalibrationSet,
  options?: CorrectionPoolOptions & { output?: 'float32' }
): CorrectionPool<Float32Array>
export function createCorrectionPool(
  calibration: CalibrationSet,
  options: CorrectionPoolOptions & { output: 'uint16' }
): CorrectionPool<Uint16Array>
export function createCorrectionPool(calibration: CalibrationSet, options?: CorrectionPoolOptions): CorrectionPool
export function createCorrectionPool(calibration: CalibrationSet, options: CorrectionPoolOptions = {}): CorrectionPool {
  const { threads = Math.max(1, Math.min(MOST_THREADS, availableParallelism() - 1)), ...correctorOptions } = options
  assertWholeNumber('threads', threads, 1, MOST_THREADS)
  return new ThreadPool(calibration, correctorOptions, threads)
}

class ThreadPool implements CorrectionPool {
  readonly shape: Shape
  readonly #corrector: FrameCorrector
  readonly #output: 'float32' | 'uint16'
  readonly #saturation: number | null
  /** null where all is done on the calling thread. */
  readonly #runner: JobRunner | null
  readonly #inputs: FrameRing<Uint16Array>
  readonly #outputs: FrameRing<CorrectedPixels>
  readonly #underWay = new Set<Promise<unknown>>()
  #closed: Promise<void> | null = null

  constructor(calibration: CalibrationSet, options: CorrectorOptions, threads: number) {
    const corrector = new FrameCorrector(calibration, options)
    this.shape = corrector.shape
    this.#corrector = corrector
    this.#output = options.output ?? 'float32'
    this.#saturation = calibration.saturation
    this.#runner = this.#openRunner(threads)
    this.#inputs = new FrameRing(FOREIGN_FRAMES, () => corrector.allocRaw())
    this.#outputs = new FrameRing(FOREIGN_FRAMES, () => corrector.allocOutput())
  }

  #openRunner(threads: number): JobRunner | null {
    const { engine, plan } = this.#corrector
    if (!(engine instanceof SimdEngine)) return null
    const jobs = describeJobs(engine, plan, this.#output)
    return jobs && new JobRunner(engine.space, jobs, threads)
  }

  get threads(): number {
    return this.#runner?.threads ?? 0
  }

  get kernels(): 'simd' | 'typescript' {
    return this.#corrector.kernels
  }

  allocRaw(): Uint16Array {
    return this.#corrector.allocRaw()
  }

  allocOutput(): CorrectedPixels {
    return this.#corrector.allocOutput()
  }

  owns(pixels: ArrayBufferView): boolean {
    return this.#placeOf(pixels) >= 0
  }

  async correct(raw: FrameInput, options: PoolCorrectOptions<CorrectedPixels> = {}): Promise<PoolResult<CorrectedPixels>> {
    const { out, signal, threads = Math.max(1, this.threads) } = options
    assertWholeNumber('threads', threads, 1, MOST_THREADS)
    if (this.#closed) throw new OptionError({ subject: 'correction pool', expected: 'to be open', received: 'a closed one' })
    assertGoing(signal)
    const given = this.#corrector.acceptInput(raw)
    const data = out === undefined ? this.#make() : this.#corrector.acceptOutput(out, raw, given)
    if (!(given instanceof Uint16Array && this.#runner)) return this.#correctHere(raw, data)
    const work = this.#correctThere(this.#runner, given, data, threads, signal)
    this.#underWay.add(work)
    try {
      return { data, facts: await work }
    } finally {
      this.#underWay.delete(work)
    }
  }

  async close(): Promise<void> {
    this.#closed ??= this.#end()
    return this.#closed
  }

  async #end(): Promise<void> {
    await Promise.allSettled(this.#underWay)
    await this.#runner?.close()
  }

  #make(): CorrectedPixels {
    const count = this.shape[0] * this.shape[1]
    return this.#output === 'uint16' ? new Uint16Array(count) : new Float32Array(count)
  }

  #correctHere(raw: FrameInput, data: CorrectedPixels): PoolResult<CorrectedPixels> {
    this.#corrector.correct(raw, { out: data })
    return { data, facts: { ...this.#corrector.last } }
  }

  async #correctThere(
    runner: JobRunner,
    raw: Uint16Array,
    out: CorrectedPixels,
    threads: number,
    signal: AbortSignal | undefined
  ): Promise<CorrectionFacts> {
    const input = this.owns(raw) ? raw : await this.#inputs.take()
    const output = this.owns(out) ? out : await this.#outputs.take()
    try {
      assertGoing(signal)
      if (input !== raw) input.set(raw)
      const from = this.#placeOf(input)
      const to = this.#placeOf(output)
      const counts = from >= 0 && to >= 0 ? await runner.run(from, to, threads, signal) : null
      assertGoing(signal)
      // null: no memory was left for a frame or a job
      if (counts === null) return this.#correctHere(raw, out).facts
      if (output !== out) out.set(output)
      return this.#factsOf(counts)
    } finally {
      if (input !== raw) this.#inputs.giveBack(input)
      if (output !== out) this.#outputs.giveBack(output)
    }
  }

  #factsOf({ saturated, clamped }: JobCounts): CorrectionFacts {
    const facts = { ...this.#corrector.startFacts() }
    facts.saturated = this.#saturation === null ? null : saturated
    facts.clamped = clamped - (this.#corrector.engine as SimdEngine).clampedTargets
    return facts
  }

  #placeOf(pixels: ArrayBufferView): number {
    const { engine } = this.#corrector
    return engine instanceof SimdEngine ? engine.placeOf(pixels) : -1
  }
}

function assertGoing(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AbortedError('correction', signal.reason)
}
