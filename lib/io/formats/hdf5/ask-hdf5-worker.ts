import { execArgv } from 'node:process'
import { Worker } from 'node:worker_threads'
import { FormatError, UnwrittenFrameError } from '../../../errors.js'
import type { Hdf5Reply, Hdf5Request } from './hdf5-request.js'

/** The thread that libhdf5 runs in. */
interface Running {
  readonly worker: Worker
  readonly ready: Promise<unknown>
  /** Ids of the files that it holds. */
  readonly open: Set<number>
  failures: number
}

const idleMilliseconds = 2000
const startMilliseconds = 120_000
/** What errors leave behind in libhdf5 is let go with the thread. */
const mostFailures = 64
const mostHeld = 256 * 2 ** 20

let running: Running | null = null
let queue: Promise<unknown> = Promise.resolve()
let idle: NodeJS.Timeout | undefined

/**
 * Ask the thread in which libhdf5 runs, one request after the other. It is started when it is needed, serves all files, ends when it
 * is idle, and never keeps the process alive. A request that takes longer than its deadline ends it: WebAssembly cannot be interrupted.
 * @param deadline in ms, from when the request's turn comes
 * @throws {FormatError} ERR_FORMAT with the failure that was answered, or when there was no answer
 */
export function askHdf5Worker(request: Hdf5Request, deadline: number): Promise<Hdf5Reply> {
  const answer = queue.then(() => ask(request, deadline))
  queue = answer.catch(() => {})
  return answer
}

async function ask(request: Hdf5Request, deadline: number): Promise<Hdf5Reply> {
  clearTimeout(idle)
  const current = (running ??= start())
  const { worker, open } = current
  const { path: file, id } = request.source
  worker.ref()
  try {
    await withDeadline(current.ready, startMilliseconds)
    worker.postMessage(request)
    const reply = (await withDeadline(nextMessage(worker), deadline)) as Hdf5Reply
    if (request.do === 'close') open.delete(id)
    else open.add(id)
    if (reply.failure) {
      const { unwritten = false, ...facts } = reply.failure
      if (!unwritten) current.failures++
      if (request.do === 'open') open.delete(id)
      throw new (unwritten ? UnwrittenFrameError : FormatError)({ file, ...facts })
    }
    if (reply.held > mostHeld && open.size === 0) end(current)
    return reply
  } catch (error) {
    if (error instanceof FormatError) {
      if (current.failures >= mostFailures) end(current)
      throw error
    }
    if (running === current) running = null
    await worker.terminate()
    const received = error === late ? `no answer of libhdf5 within ${deadline} ms` : `an end of libhdf5: ${(error as Error).message}`
    throw new FormatError({ file, expected: 'an HDF5 file that can be read', received, cause: error })
  } finally {
    worker.unref()
    if (open.size === 0) idle = setTimeout(() => end(current), idleMilliseconds).unref()
  }
}

/**
 * Of the arguments only loaders are passed on, which find the source where it runs uncompiled: a program of `node -e` would start itself
 * again. What libhdf5 prints is not read, since a stream that is read keeps the process alive.
 */
function start(): Running {
  const worker = new Worker(new URL('./hdf5-worker.js', import.meta.url), {
    execArgv: execArgv.filter((argument) => argument.startsWith('--import=')),
    stdout: true,
    stderr: true
  })
  const ready = nextMessage(worker)
  ready.catch(() => {})
  return { worker, ready, open: new Set(), failures: 0 }
}

function end(ended: Running): void {
  if (running === ended) running = null
  ended.worker.postMessage('end')
}

function nextMessage(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      worker.off('message', answered).off('error', reject_).off('exit', exited)
      act()
    }
    const answered = (message: unknown): void => settle(() => resolve(message))
    const reject_ = (error: Error): void => settle(() => reject(error))
    const exited = (code: number): void => settle(() => reject(new Error(`exit ${code}`)))
    worker.on('message', answered).on('error', reject_).on('exit', exited)
  })
}

const late = new Error('late')

async function withDeadline<T>(promise: Promise<T>, milliseconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const end = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late), milliseconds)
  })
  try {
    return await Promise.race([promise, end])
  } finally {
    clearTimeout(timer)
  }
}
