import { TALLY_BYTES, WorkerTeam } from './worker-team.js'
import { callOffJob, JOB_BYTES, writeJob } from './write-job.js'
import type { KernelSpace } from '../kernels/simd/open-kernels.js'
import type { JobFrame } from './write-job.js'

/** What the threads counted in one frame. */
export interface JobCounts {
  saturated: number
  clamped: number
}

/** Puts frames as jobs into the shared memory and has them done. */
export class JobRunner {
  readonly threads: number
  readonly #space: KernelSpace
  readonly #frame: JobFrame
  readonly #team: WorkerTeam
  /** Byte offsets of jobs that are not in use; the counts of each thread stand behind it. */
  readonly #free: number[] = []

  /** @throws {IoError} ERR_IO when the system refuses a thread */
  constructor(space: KernelSpace, frame: JobFrame, threads: number) {
    this.threads = threads
    this.#space = space
    this.#frame = frame
    this.#team = new WorkerTeam(threads, space)
  }

  /**
   * @param raw byte offset of a uint16 frame in the memory
   * @param out byte offset of the corrected one
   * @param threads that share the frame, at most
   * @returns null when there is no memory for another job; counts of a part where the signal ended the work
   * @throws {IoError} ERR_IO when a thread ended before its time
   */
  async run(raw: number, out: number, threads: number, signal: AbortSignal | undefined): Promise<JobCounts | null> {
    const job = this.#free.pop() ?? this.#space.reserve(JOB_BYTES + TALLY_BYTES * this.threads)
    if (job === null) return null
    const { buffer } = this.#space.memory
    const tallies = new Uint32Array(buffer, job + JOB_BYTES, (TALLY_BYTES / 4) * this.threads).fill(0)
    writeJob(buffer, job, this.#frame, raw, out)
    const stop = (): void => callOffJob(buffer, job)
    signal?.addEventListener('abort', stop)
    try {
      await this.#team.run(job, threads, job + JOB_BYTES)
      const counts = { saturated: 0, clamped: 0 }
      for (let i = 0; i < tallies.length; i += 2) {
        counts.saturated += tallies[i]
        counts.clamped += tallies[i + 1]
      }
      return counts
    } finally {
      signal?.removeEventListener('abort', stop)
      this.#free.push(job)
    }
  }

  /** End the threads. */
  async close(): Promise<void> {
    await this.#team.close()
  }
}
