import { availableParallelism } from 'node:os'
import { FrameCorrector } from '../correction/frame-corrector.js'
import { SimdEngine } from '../correction/engines/simd-engine.js'
import { subjectOf } from '../correction/resolve-input.js'
import { AbortedError, CalibrationError, OptionError } from '../errors.js'
import { assertWholeNumber } from './assert-whole-number.js'
import { describeJobs } from './describe-jobs.js'
import { FrameRing } from './frame-ring.js'
import { JobRunner } from './job-runner.js'
import type { CorrectedPixels, CorrectionFacts, CorrectorOptions, FrameInput, FrameOutput } from '../correction/corrector.js'
import type { Shape } from '../frame/shape.js'
import type { CalibrationSet } from '../maps/calibration-set.js'
import type { JobDescription } from './describe-jobs.js'
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
  #saturation: number | null
  /** null where all is done on the calling thread. */
  readonly #runner: JobRunner | null
  #jobs: JobDescription | null = null
  readonly #inputs: FrameRing<Uint16Array>
  readonly #outputs: FrameRing<CorrectedPixels>
  /** Where the steps of a program work when the corrected frames are uint16. */
  readonly #works: FrameRing<Float32Array>
  readonly #underWay = new Set<Promise<unknown>>()
  /** Those of them that threads work on. */
  readonly #working = new Set<Promise<unknown>>()
  /** Frames of a program that keeps something go one after the other; so does the change of a calibration. */
  #turn: Promise<unknown> = Promise.resolve()
  #isChanging = 0
  #closed: Promise<void> | null = null

  constructor(calibration: CalibrationSet, options: CorrectorOptions, threads: number) {
    const corrector = new FrameCorrector(calibration, options)
    this.shape = corrector.shape
    this.#corrector = corrector
    this.#output = options.output ?? 'float32'
    this.#saturation = calibration.saturation
    this.#runner = this.#openRunner(threads)
    this.#inputs = new FrameRing(FOREIGN_FRAMES, () => corrector.allocRaw())
    this.#works = new FrameRing(threads + 1, () => corrector.engine.allocate('float32', 'output') as Float32Array)
    this.#outputs = new FrameRing(FOREIGN_FRAMES, () => corrector.allocOutput())
  }

  #openRunner(threads: number): JobRunner | null {
    const { engine, plan, program } = this.#corrector
    if (!(engine instanceof SimdEngine)) return null
    this.#jobs = describeJobs(engine, plan, program, this.#output)
    return this.#jobs && new JobRunner(engine.space, this.#jobs, threads)
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
    if (this.#isChanging > 0 || this.#corrector.program.keepsState) return this.#inTurn(() => this.#correctNow(raw, out, signal, threads))
    return this.#correctNow(raw, out, signal, threads)
  }

  async pass(raw: FrameInput): Promise<void> {
    await this.#inTurn(async () => {
      if (this.#corrector.program.keepsState) this.#corrector.pass(raw)
    })
  }

  get keepsState(): boolean {
    return this.#corrector.program.keepsState
  }

  async setCalibration(next: CalibrationSet): Promise<void> {
    if (this.#closed) throw new OptionError({ subject: 'correction pool', expected: 'to be open', received: 'a closed one' })
    this.#isChanging++
    try {
      await this.#inTurn(async () => {
        await Promise.allSettled(this.#working)
        this.#useCalibration(next)
      })
    } finally {
      this.#isChanging--
    }
  }

  #useCalibration(next: CalibrationSet): void {
    const { engine, plan: before } = this.#corrector
    this.#corrector.setCalibration(next)
    this.#saturation = next.saturation
    if (!(engine instanceof SimdEngine && this.#runner && this.#jobs)) return
    const { plan, program } = this.#corrector
    const jobs = describeJobs(engine, plan, program, this.#output, plan === before ? this.#jobs : null)
    if (jobs === null) {
      throw new CalibrationError({ subject: 'defect map', expected: 'memory for its plan', received: `${plan.counts.bad} bad pixels` })
    }
    if (plan !== before) for (const place of this.#jobs.places) engine.space.release(place)
    this.#jobs = jobs
    this.#runner.use(jobs)
  }

  /** Do something when all that was asked for in turn before is done. */
  #inTurn<R>(task: () => Promise<R>): Promise<R> {
    const turn = this.#turn.then(task)
    const settled = turn.catch(() => undefined)
    this.#turn = settled
    this.#underWay.add(settled)
    void settled.then(() => this.#underWay.delete(settled))
    return turn
  }

  async #correctNow(
    raw: FrameInput,
    out: FrameOutput | undefined,
    signal: AbortSignal | undefined,
    threads: number
  ): Promise<PoolResult<CorrectedPixels>> {
    assertGoing(signal)
    const given = this.#corrector.acceptInput(raw)
    const data = out === undefined ? this.#make() : this.#corrector.acceptOutput(out, raw, given)
    if (!(given instanceof Uint16Array && this.#runner)) return this.#correctHere(raw, data)
    const { program } = this.#corrector
    const facts = this.#corrector.startFacts()
    program.prepare(given, subjectOf(raw), facts)
    // before anything is waited for: the next frame is measured in the same place
    const job = this.#runner.open((this.#corrector.engine as SimdEngine).steps)
    if (job === null) return this.#correctHere(raw, data)
    const sharing = program.keepsState ? this.threads : threads
    const work = this.#correctThere(this.#runner, job, { ...facts }, given, data, sharing, signal)
    this.#underWay.add(work)
    this.#working.add(work)
    try {
      return { data, facts: await work }
    } finally {
      this.#underWay.delete(work)
      this.#working.delete(work)
    }
  }

  async close(): Promise<void> {
    this.#closed ??= this.#end()
    return this.#closed
  }

  async #end(): Promise<void> {
    await Promise.allSettled(this.#underWay)
    await this.#runner?.end()
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
    job: number,
    facts: CorrectionFacts,
    raw: Uint16Array,
    out: CorrectedPixels,
    threads: number,
    signal: AbortSignal | undefined
  ): Promise<CorrectionFacts> {
    const input = this.owns(raw) ? raw : await this.#inputs.take()
    const output = this.owns(out) ? out : await this.#outputs.take()
    const isInPlace = out instanceof Float32Array || this.#corrector.program.isPlain
    const work = isInPlace ? output : await this.#works.take()
    let isRun = false
    try {
      assertGoing(signal)
      if (input !== raw) input.set(raw)
      const places = { raw: this.#placeOf(input), out: this.#placeOf(output), work: this.#placeOf(work) }
      // no memory was left for a frame
      if (Math.min(places.raw, places.out, places.work) < 0) return this.#correctHere(raw, out).facts
      isRun = true
      const counts = await runner.run(job, places, threads, signal)
      assertGoing(signal)
      if (output !== out) out.set(output)
      return this.#count(facts, counts)
    } finally {
      if (!isRun) runner.close(job)
      if (work !== output) this.#works.giveBack(work as Float32Array)
      if (input !== raw) this.#inputs.giveBack(input)
      if (output !== out) this.#outputs.giveBack(output)
    }
  }

  #count(facts: CorrectionFacts, { saturated, clamped }: JobCounts): CorrectionFacts {
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
