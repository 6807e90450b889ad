import { Worker } from 'node:worker_threads'
import { IoError } from '../errors.js'
import type { KernelSpace } from '../kernels/simd/open-kernels.js'

/**
 * All that a worker does. A string, so that nothing has to be found beside a bundle; it is compiled as a script, not by `eval`, so it
 * also runs where code generation from strings is forbidden.
 */
const SOURCE = `const { createHash } = require('node:crypto')
const { parentPort, workerData: { module, memory } } = require('node:worker_threads')
const { exports: { runJob, combineU16 } } = new WebAssembly.Instance(module, { env: { memory } })
const bytesAt = (place, bytes) => {
  // A memory that grew while this thread was starting shows its old size here; growing by nothing makes it look again.
  if (memory.buffer.byteLength < place + bytes) memory.grow(0)
  return new Uint8Array(memory.buffer, place, bytes)
}
const hash = (head, place, bytes) => createHash('sha256').update(head).update(bytesAt(place, bytes)).digest('hex')
const calls = { runJob, combineU16, hash }
parentPort.on('message', ({ call, args }) => parentPort.postMessage(calls[call](...args)))`

/** What a worker can be asked for: kernels, and `hash` of a line of text and bytes in the memory. */
export type WorkerCall = 'runJob' | 'combineU16' | 'hash'

/** Bytes of the counts that one thread makes of one job. */
export const TALLY_BYTES = 8

/** Threads that work in one memory. They keep the process alive only while one of them has work. */
export class WorkerTeam {
  readonly #members: Member[] = []
  #failure: IoError | null = null

  /** @throws {IoError} ERR_IO when the system refuses a thread */
  constructor(size: number, { module, memory }: KernelSpace) {
    for (let i = 0; i < size; i++) {
      try {
        this.#add(new Worker(SOURCE, { eval: true, workerData: { module, memory }, execArgv: [], env: {} }))
      } catch (cause) {
        void this.close()
        throw failureOf(cause)
      }
    }
  }

  /**
   * Let threads work on a job, those with the least to do; resolves when all have left it.
   * @param threads at most; as many as there are left
   * @param tallies where their counts go: that of the first thread, then the next
   * @throws {IoError} ERR_IO when a thread ended before its time: the job is then not done
   */
  async run(job: number, threads: number, tallies: number): Promise<void> {
    const members = this.#leastBusy().slice(0, threads)
    const settled = await Promise.allSettled(members.map((member, i) => ask(member, 'runJob', [job, tallies + TALLY_BYTES * i])))
    for (const result of settled) if (result.status === 'rejected') throw result.reason
  }

  /**
   * Have the thread with the least to do call a function; resolves to what that returns.
   * @throws {IoError} ERR_IO when the thread ended before its time
   */
  async call(call: WorkerCall, args: readonly unknown[]): Promise<unknown> {
    return ask(this.#leastBusy()[0], call, args)
  }

  #leastBusy(): Member[] {
    if (this.#members.length === 0 && this.#failure) throw this.#failure
    return [...this.#members].sort((a, b) => a.waiting.length - b.waiting.length)
  }

  /** End all threads; work that is under way is lost. */
  async close(): Promise<void> {
    const ended = this.#members.splice(0).map(({ worker }) => {
      // An idle thread keeps nothing alive: the process could end before whoever waits for this goes on.
      worker.ref()
      return worker.terminate()
    })
    await Promise.all(ended)
  }

  #add(worker: Worker): void {
    const member: Member = { worker, waiting: [] }
    let cause: unknown
    worker.on('message', (answer) => {
      const first = member.waiting.shift()
      // Not while it is being closed: an answer that comes then would let the process end before whoever waits for the end goes on.
      if (member.waiting.length === 0 && this.#members.includes(member)) worker.unref()
      first?.resolve(answer)
    })
    worker.on('error', (error) => (cause = error))
    worker.on('exit', (code) => {
      const at = this.#members.indexOf(member)
      if (at >= 0) this.#members.splice(at, 1)
      this.#failure = failureOf(cause ?? new Error(`exit code ${code}`))
      for (const { reject } of member.waiting.splice(0)) reject(this.#failure)
    })
    worker.unref()
    this.#members.push(member)
  }
}

interface Member {
  readonly worker: Worker
  /** Calls that it has not answered, in order. */
  readonly waiting: { readonly resolve: (answer: unknown) => void; readonly reject: (error: IoError) => void }[]
}

function ask({ worker, waiting }: Member, call: WorkerCall, args: readonly unknown[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    waiting.push({ resolve, reject })
    worker.ref()
    worker.postMessage({ call, args })
  })
}

function failureOf(cause: unknown): IoError {
  const received = cause instanceof Error ? cause.message : String(cause)
  return new IoError({ subject: 'worker thread', expected: 'to start and to run', received, cause })
}
