import type { RawFrame } from '../../../frame/raw-frame.js'
import type { FrameFile } from '../frame-file.js'
import type { FrameReader } from '../frame-format.js'
import { askHdf5Worker } from './ask-hdf5-worker.js'
import type { Hdf5Source, Hdf5Stack } from './hdf5-request.js'

export interface OpenHdf5Options {
  /**
   * Path of the frames in the file.
   * @default undefined: they are searched
   */
  inside?: string
  /**
   * Longest time for one thing that is asked of libhdf5, in ms.
   * @default 30000
   */
  deadline?: number
}

let filesOpened = 0

/**
 * Open the frames of an HDF5 file.
 * @throws {FormatError} ERR_FORMAT
 */
export async function openHdf5(file: FrameFile, options: OpenHdf5Options = {}): Promise<FrameReader> {
  const { inside, deadline = 30_000 } = options
  const source: Hdf5Source = { id: ++filesOpened, path: file.path, size: file.size, ...(file.bytes && { bytes: shared(file.bytes) }) }
  const { stacks } = await askHdf5Worker({ do: 'open', source, inside }, deadline)
  const pages = stacks!.reduce((sum, { frames }) => sum + frames.length, 0)
  return {
    pages,
    ...(stacks!.every(({ roles }) => roles) && { roles: stacks!.flatMap(({ roles }) => roles!) }),
    async readPage(index) {
      const { stack, at } = pageOf(stacks!, index)
      const { data } = await askHdf5Worker({ do: 'read', source, stack: withoutFrames(stack), frame: stack.frames[at] }, deadline)
      const [rows, cols] = stack.shape.slice(-2)
      return { data: data!, shape: [rows, cols], ...infoOf(stack, at) }
    },
    async close() {
      // an end of the thread has closed it too
      await askHdf5Worker({ do: 'close', source }, deadline).catch(() => {})
    }
  }
}

function shared(bytes: Uint8Array): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(bytes.length)
  new Uint8Array(buffer).set(bytes)
  return buffer
}

function pageOf(stacks: readonly Hdf5Stack[], index: number): { stack: Hdf5Stack; at: number } {
  let at = index
  let k = 0
  while (at >= stacks[k].frames.length) at -= stacks[k++].frames.length
  return { stack: stacks[k], at }
}

/** Lists of a long stack are not sent with each question. */
function withoutFrames({ place, path, shape, type, packed }: Hdf5Stack): Hdf5Stack {
  return { place, path, shape, type, frames: [], info: {}, ...(packed && { packed }) }
}

function infoOf({ info, integrationTimes }: Hdf5Stack, at: number): Pick<RawFrame, 'info'> {
  const known = integrationTimes ? { ...info, mode: { ...info.mode, integrationTime: integrationTimes[at] } } : info
  return Object.keys(known).length > 0 ? { info: known } : {}
}
