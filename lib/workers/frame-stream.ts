import { setImmediate } from 'node:timers/promises'
import { infoOf } from '../correction/resolve-input.js'
import { AbortedError } from '../errors.js'
import { keepFrame } from './keep-frame.js'
import { spareFramesOf } from './spare-frames-of.js'
import type { CorrectedPixels, CorrectionFacts, FrameInput } from '../correction/corrector.js'
import type { FrameInfo } from '../frame/frame-info.js'
import type { CorrectedStream, StreamedFrame } from './corrected-stream.js'
import type { CorrectionPool } from './correction-pool.js'
import type { KeptFrame } from './keep-frame.js'
import type { SpareFrames } from './spare-frames-of.js'

/** Where frames come from. */
export type FrameIterator = Iterator<FrameInput> | AsyncIterator<FrameInput>

/** What a stream must know. */
export interface FrameStreamOptions {
  readonly signal: AbortSignal | undefined
  readonly concurrency: number
  readonly queue: number
  readonly whenFull: 'wait' | 'drop'
}

/** A frame from the time that it was read until it is taken: waiting, worked on (with `out`), done (with `facts`) or refused. */
interface Entry<T> {
  readonly index: number
  readonly info: FrameInfo
  readonly kept: KeptFrame | null
  out: T | null
  facts: CorrectionFacts | null
  failure: { readonly error: unknown } | null
}

/** What `correctStream` makes. Two loops meet in a list of frames: one reads the source, the other gives corrected frames away. */
export class FrameStream<T extends CorrectedPixels> implements CorrectedStream<T> {
  readonly #open: () => FrameIterator
  readonly #pool: CorrectionPool<T>
  readonly #options: FrameStreamOptions
  readonly #spare: SpareFrames<T>
  readonly #delivery: AsyncGenerator<StreamedFrame<T>, undefined>
  /** In the order of the source; as many as `concurrency` says are started. */
  readonly #entries: Entry<T>[] = []
  #sleepers: (() => void)[] = []
  #source: FrameIterator | null = null
  #isReading = false
  /** Nothing more will be read. */
  #hasEnded = false
  /** Nothing more will be taken. */
  #isStopped = false
  #read = 0
  #dropped = 0

  constructor(open: () => FrameIterator, pool: CorrectionPool<T>, options: FrameStreamOptions) {
    this.#open = open
    this.#pool = pool
    this.#options = options
    this.#spare = spareFramesOf(pool)
    this.#delivery = this.#deliver()
  }

  get dropped(): number {
    return this.#dropped
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<StreamedFrame<T>, undefined>> {
    return this.#delivery.next()
  }

  return(): Promise<IteratorResult<StreamedFrame<T>, undefined>> {
    return this.#delivery.return(undefined)
  }

  throw(error: unknown): Promise<IteratorResult<StreamedFrame<T>, undefined>> {
    return this.#delivery.throw(error)
  }

  async *#deliver(): AsyncGenerator<StreamedFrame<T>, undefined> {
    const { signal } = this.#options
    const wake = (): void => this.#wake()
    signal?.addEventListener('abort', wake)
    let held: T | null = null
    let hasFailed = false
    try {
      this.#assertGoing()
      this.#source = this.#open()
      void this.#readSource()
      for (;;) {
        const entry = await this.#take()
        if (entry === null) return undefined
        const { index, info, out: data, facts } = entry
        held = data
        yield { index, data: data!, shape: this.#pool.shape, info, facts: facts! }
        this.#giveBack(held)
        held = null
      }
    } catch (error) {
      hasFailed = true
      throw error
    } finally {
      signal?.removeEventListener('abort', wake)
      this.#giveBack(held)
      this.#release()
      await this.#closeSource(hasFailed)
    }
  }

  /** The next frame in order, once it is done; null at the end. */
  async #take(): Promise<Entry<T> | null> {
    for (;;) {
      this.#assertGoing()
      const first = this.#entries.at(0)
      if (first?.failure) throw first.failure.error
      if (first?.facts) {
        this.#entries.shift()
        this.#startWaiting()
        this.#wake()
        return first
      }
      if (first === undefined && this.#hasEnded) return null
      await this.#change()
    }
  }

  async #readSource(): Promise<void> {
    const isPatient = this.#options.whenFull === 'wait'
    try {
      while (!this.#isStopped) {
        if (isPatient && this.#isFull()) {
          await this.#change()
          continue
        }
        this.#isReading = true
        const next = await this.#source!.next()
        this.#isReading = false
        if (next.done) break
        if (this.#isStopped) return
        const index = this.#read++
        if (!this.#isFull()) this.#accept(index, next.value)
        else {
          this.#dropped++
          if (this.#pool.keepsState) await this.#pool.pass(next.value)
          // a source that never waits must not keep the answers of the threads from coming in
          await setImmediate()
        }
      }
    } catch (error) {
      this.#isReading = false
      this.#entries.push({ index: this.#read, info: {}, kept: null, out: null, facts: null, failure: { error } })
    }
    this.#hasEnded ||= !this.#isStopped
    this.#wake()
  }

  #isFull(): boolean {
    return this.#entries.length >= this.#options.concurrency + this.#options.queue
  }

  #accept(index: number, raw: FrameInput): void {
    const entry: Entry<T> = { index, info: infoOf(raw), kept: null, out: null, facts: null, failure: null }
    try {
      this.#entries.push({ ...entry, kept: keepFrame(raw, this.#pool, this.#spare.inputs) })
      this.#startWaiting()
    } catch (error) {
      this.#entries.push({ ...entry, failure: { error } })
    }
    this.#wake()
  }

  #startWaiting(): void {
    // a pool that keeps something takes them in turn, and must have them before what comes after
    const most = this.#pool.keepsState ? this.#entries.length : this.#options.concurrency
    for (const entry of this.#entries.slice(0, most)) {
      if (entry.kept && !entry.out && !entry.failure) void this.#start(entry, entry.kept)
    }
  }

  async #start(entry: Entry<T>, { raw, copy }: KeptFrame): Promise<void> {
    try {
      const out = (entry.out = this.#spare.outputs.pop() ?? this.#pool.allocOutput())
      const { facts } = await this.#pool.correct(raw, { out, signal: this.#options.signal, threads: 1 })
      entry.facts = facts
      if (this.#isStopped) this.#giveBack(out)
    } catch (error) {
      entry.failure = { error }
      this.#giveBack(entry.out)
    }
    if (copy) this.#spare.inputs.push(copy)
    this.#wake()
  }

  /** Frames that nobody will take; those that are worked on follow when they are done. */
  #release(): void {
    this.#isStopped = true
    for (const { kept, out, facts } of this.#entries.splice(0)) {
      if (facts) this.#giveBack(out)
      else if (out === null && kept?.copy) this.#spare.inputs.push(kept.copy)
    }
    this.#wake()
  }

  #giveBack(out: T | null): void {
    if (out) this.#spare.outputs.push(out)
  }

  async #closeSource(hasFailed: boolean): Promise<void> {
    if (this.#hasEnded || typeof this.#source?.return !== 'function') return
    try {
      const closing = this.#source.return()
      // a source that still waits for its next frame may do so for ever
      if (this.#isReading) void Promise.resolve(closing).catch(() => undefined)
      else await closing
    } catch (error) {
      if (!hasFailed) throw error
    }
  }

  #assertGoing(): void {
    const { signal } = this.#options
    if (signal?.aborted) throw new AbortedError('correction stream', signal.reason)
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#sleepers.push(resolve))
  }

  #wake(): void {
    const sleepers = this.#sleepers
    this.#sleepers = []
    for (const wake of sleepers) wake()
  }
}
