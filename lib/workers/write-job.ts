import { JOB_FIELDS, JOB_KINDS } from '../kernels/simd/layouts.js'

type JobField = (typeof JOB_FIELDS)[number]

/** What is the same for every frame of a pool, until it takes another calibration. */
export type JobFrame = Record<Exclude<JobField, 'next' | 'raw' | 'out' | 'work' | 'program'>, number>

/** What one frame has of its own: byte offsets. */
export type JobPlaces = Record<'raw' | 'out' | 'work' | 'program', number>

/** Make a job ready for its first strip. */
export function writeJob(buffer: ArrayBufferLike, job: number, frame: JobFrame, places: JobPlaces): void {
  const fields = { ...frame, ...places, next: 0 }
  const words = new Uint32Array(buffer, job, JOB_FIELDS.length)
  JOB_FIELDS.forEach((name, i) => (words[i] = fields[name]))
  new Float32Array(buffer, job, JOB_FIELDS.length)[JOB_FIELDS.indexOf('pedestal')] = frame.pedestal
}

/** Leave no strip to take: threads that work on the job finish the ones they have. */
export function callOffJob(buffer: ArrayBufferLike, job: number): void {
  Atomics.store(new Int32Array(buffer, job, 1), 0, -(2 ** 30))
}

/** The number of a kind of job. */
export function jobKind(name: (typeof JOB_KINDS)[number]): number {
  return JOB_KINDS.indexOf(name)
}
