/** Fields of a job in the shared memory, 32 bits each, in the order of jobs.as.ts. */
const JOB_FIELDS = [
  'next',
  'strips',
  'kind',
  'raw',
  'out',
  'count',
  'saturation',
  'pedestal',
  'offset',
  'gain',
  'compactOffset',
  'compactGain',
  'base',
  'repair',
  'targets',
  'before',
  'groups'
] as const

/** Bytes of a job, to the next multiple of 64. */
export const JOB_BYTES = 128

/** What is the same for every frame of a pool. */
export type JobFrame = Record<Exclude<(typeof JOB_FIELDS)[number], 'next' | 'raw' | 'out'>, number>

/** Make a job ready for its first strip. */
export function writeJob(buffer: ArrayBufferLike, job: number, frame: JobFrame, raw: number, out: number): void {
  const fields = { ...frame, next: 0, raw, out }
  const words = new Uint32Array(buffer, job, JOB_FIELDS.length)
  JOB_FIELDS.forEach((name, i) => (words[i] = fields[name]))
  new Float32Array(buffer, job, JOB_FIELDS.length)[JOB_FIELDS.indexOf('pedestal')] = frame.pedestal
}

/** Leave no strip to take: threads that work on the job finish the ones they have. */
export function callOffJob(buffer: ArrayBufferLike, job: number): void {
  Atomics.store(new Int32Array(buffer, job, 1), 0, -(2 ** 30))
}
