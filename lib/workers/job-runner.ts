import { JOB_BYTES } from '../kernels/simd/layouts.js'
import { TALLY_BYTES, WorkerTeam } from './worker-team.js'
import { callOffJob, writeJob } from './write-job.js'
import type { StepMemory } from '../correction/engines/step-memory.js'
import type { KernelSpace } from '../kernels/simd/open-kernels.js'
import type { JobDescription } from './describe-jobs.js'
import type { JobPlaces } from './write-job.js'

/** What the threads counted in one frame. */
export interface JobCounts {
  saturated: number
  clamped: number
}

/** Puts frames as jobs into the shared memory and has them done. */
export class JobRunner {
  readonly threads: number
  readonly #space: KernelSpace
  readonly #team: WorkerTeam
  #jobs: JobDescription
  /** Byte offsets of jobs that are not in use; the counts of each thread stand behind it, then the steps. */
  #free: number[] = []
  #bytes: number

  /** @throws {IoError} ERR_IO when the system refuses a thread */
  constructor(space: KernelSpace, jobs: JobDescription, threads: number) {
    this.threads = threads
    this.#space = space
    this.#jobs = jobs
    this.#bytes = this.#bytesOf(jobs)
    this.#team = new WorkerTeam(threads, space)
  }

  /** Take another description, while no job is under way. */
  use(jobs: JobDescription): void {
    const bytes = this.#bytesOf(jobs)
    if (bytes > this.#bytes) {
      for (const job of this.#free.splice(0)) this.#space.release(job)
      this.#bytes = bytes
    }
    this.#jobs = jobs
  }

  #bytesOf({ stepBytes }: JobDescription): number {
    return this.#stepsAt + stepBytes
  }

  get #stepsAt(): number {
    return JOB_BYTES + TALLY_BYTES * this.threads
  }

  /**
   * Open a job for a frame, with what the steps have just measured of it.
   * @returns its place; null when there is no memory for it
   */
  open(steps: StepMemory): number | null {
    const job = this.#free.pop() ?? this.#space.reserve(this.#bytes)
    if (job !== null) steps.write(job + this.#stepsAt)
    return job
  }

  /** Give a job back that was not run. */
  close(job: number): void {
    this.#free.push(job)
  }

  /**
   * Have a job done that was opened, and give it back.
   * @param places byte offsets of a uint16 frame, of the corrected one, and of a float32 frame to work in, in the memory
   * @param threads that share the frame, at most
   * @returns counts of a part where the signal ended the work
   * @throws {IoError} ERR_IO when a thread ended before its time
   */
  async run(job: number, places: Omit<JobPlaces, 'program'>, threads: number, signal: AbortSignal | undefined): Promise<JobCounts> {
    const { buffer } = this.#space.memory
    const tallies = new Uint32Array(buffer, job + JOB_BYTES, (TALLY_BYTES / 4) * this.threads)
    const counts = { saturated: 0, clamped: 0 }
    const { frame, kinds } = this.#jobs
    const stop = (): void => callOffJob(buffer, job)
    signal?.addEventListener('abort', stop)
    try {
      // one after the other: what comes second needs the whole frame of what came first
      for (const kind of kinds) {
        if (signal?.aborted) break
        tallies.fill(0)
        writeJob(buffer, job, { ...frame, kind }, { ...places, program: job + this.#stepsAt })
        await this.#team.run(job, threads, job + JOB_BYTES)
        for (let i = 0; i < tallies.length; i += 2) {
          counts.saturated += tallies[i]
          counts.clamped += tallies[i + 1]
        }
      }
      return counts
    } finally {
      signal?.removeEventListener('abort', stop)
      this.#free.push(job)
    }
  }

  /** End the threads. */
  async end(): Promise<void> {
    await this.#team.close()
  }
}
