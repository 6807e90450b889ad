import { execArgv } from 'node:process'
import { Worker } from 'node:worker_threads'
import { FormatError } from '../../errors.js'
import { DEFECT_FLAGS } from '../../maps/defect-flags.js'
import { MOST_PIXELS } from './assert-panel-shape.js'
import type { PixelMaskAnswer, PixelMaskRequest } from './pixel-mask-worker.js'
import type { ReadMap } from './read-map.js'

/** Where NeXus has the map of the first detector. */
export const PIXEL_MASK_PATH = '/entry/instrument/detector/pixel_mask'

export interface ReadPixelMaskOptions {
  /** Path of the dataset in the file. @default '/entry/instrument/detector/pixel_mask' */
  readonly dataset?: string
  /** Longest time that the HDF5 library may take, ms. @default 30000 */
  readonly deadline?: number
}

/** Bits that NeXus defines as ours do: gap, dead, under, over, noisy, cluster, user. */
const NEXUS_BITS =
  DEFECT_FLAGS.gap |
  DEFECT_FLAGS.dead |
  DEFECT_FLAGS.underResponding |
  DEFECT_FLAGS.overResponding |
  DEFECT_FLAGS.noisy |
  DEFECT_FLAGS.cluster |
  DEFECT_FLAGS.user
const VIRTUAL_PIXEL = 0x80000000

/**
 * Read the `pixel_mask` of any HDF5 file. The library runs in a thread of its own with a deadline: a damaged file can make it hang.
 *
 * Bits as NeXus defines them; a virtual pixel (bit 31) is a gap; bits that NeXus leaves undefined mean `user` (bad, class not known)
 * unless flatpanel wrote the file.
 * @param file name for messages
 * @throws {FormatError} ERR_FORMAT when there is no such dataset of whole numbers [rows, cols], or the deadline passed
 * @see NeXus NXdetector, pixel_mask (2024 definitions)
 */
export async function readPixelMask(file: string, bytes: Uint8Array, options: ReadPixelMaskOptions = {}): Promise<ReadMap> {
  const { dataset = PIXEL_MASK_PATH, deadline = 30_000 } = options
  const answer = await ask(file, { bytes, dataset, mostPixels: MOST_PIXELS }, deadline)
  if ('expected' in answer) throw new FormatError({ file, ...answer })
  const { data, shape, creator } = answer
  if (creator === 'flatpanel') return { defects: { data, shape }, notes: [] }
  let unnamed = 0
  for (let i = 0; i < data.length; i++) {
    const flags = data[i]
    const other = flags & ~NEXUS_BITS & ~VIRTUAL_PIXEL
    if (other !== 0) unnamed++
    data[i] = (flags & NEXUS_BITS) | (other === 0 ? 0 : DEFECT_FLAGS.user) | ((flags & VIRTUAL_PIXEL) === 0 ? 0 : DEFECT_FLAGS.gap)
  }
  const notes = unnamed === 0 ? [] : [`${unnamed} pixels carry bits that NeXus leaves undefined: taken as bad, of unknown class (user)`]
  return { defects: { data, shape }, notes }
}

async function ask(file: string, request: PixelMaskRequest, deadline: number): Promise<PixelMaskAnswer> {
  // Of the arguments only loaders are passed on: `--input-type` would end the thread.
  const worker = new Worker(new URL('./pixel-mask-worker.js', import.meta.url), {
    workerData: request,
    execArgv: execArgv.filter((argument) => argument.startsWith('--import='))
  })
  let timer: NodeJS.Timeout | undefined
  try {
    return await new Promise<PixelMaskAnswer>((resolve, reject) => {
      const refuse = (received: string, cause?: unknown): void =>
        reject(new FormatError({ file, expected: `an HDF5 file that can be read within ${deadline / 1000} s`, received, cause }))
      timer = setTimeout(() => refuse('none: the file is damaged, or very large'), deadline)
      worker.once('message', resolve)
      worker.once('error', (error) => refuse(error.message, error))
      worker.once('exit', () => refuse('the end of its reader'))
    })
  } finally {
    clearTimeout(timer)
    await worker.terminate()
  }
}
