import { parentPort, workerData } from 'node:worker_threads'
import type { Dataset } from 'h5wasm'
import { hdf5Reason } from '../formats/hdf5/hdf5-reason.js'
import { openHdf5Library } from '../nexus/open-hdf5-library.js'
import type { Hdf5Library } from '../nexus/open-hdf5-library.js'

/** What the worker is given. */
export interface PixelMaskRequest {
  readonly bytes: Uint8Array
  /** Path of the dataset in the file. */
  readonly dataset: string
  readonly mostPixels: number
}

/** What it answers: the values, or what was wrong with the file. */
export type PixelMaskAnswer =
  | { readonly data: Uint32Array; readonly shape: readonly [number, number]; readonly creator: string | null }
  | { readonly expected: string; readonly received: string }

let filesRead = 0

/** Read a two-dimensional dataset of whole numbers out of the bytes of any HDF5 file. */
export async function pixelMaskWorker({ bytes, dataset, mostPixels }: PixelMaskRequest): Promise<PixelMaskAnswer> {
  const library = await openHdf5Library()
  const path = `/foreign-${++filesRead}.h5`
  library.FS!.writeFile(path, bytes)
  let root: InstanceType<Hdf5Library['File']> | undefined
  try {
    root = new library.File(path, 'r')
    const found = root.get(dataset)
    if (!(found instanceof library.Dataset)) return { expected: `a dataset at ${dataset}`, received: masksIn(library, root) }
    return readMask(found, dataset, mostPixels, creatorOf(root))
  } catch (error) {
    return { expected: `an HDF5 file with whole numbers at ${dataset}`, received: hdf5Reason(error).slice(0, 200) }
  } finally {
    root?.close()
  }
}

function readMask(found: Dataset, dataset: string, mostPixels: number, creator: string | null): PixelMaskAnswer {
  const { metadata } = found
  const shape = metadata.shape ?? []
  const [rows, cols] = shape
  if (shape.length !== 2 || rows < 1 || cols < 1 || rows * cols > mostPixels) {
    return { expected: `[rows, cols] of at most ${mostPixels} pixels at ${dataset}`, received: `[${shape.join(', ')}]` }
  }
  if ((metadata.type !== 0 && metadata.type !== 8) || metadata.size > 4) {
    return { expected: `whole numbers of at most 32 bits at ${dataset}`, received: `${String(found.dtype)}` }
  }
  const values = found.value as ArrayLike<number>
  const data = Uint32Array.from(values)
  return { data, shape: [rows, cols], creator }
}

/** What else the file has of that name, so that the user can point to it. */
function masksIn(library: Hdf5Library, root: InstanceType<Hdf5Library['File']>): string {
  const masks: string[] = []
  for (const path of root.paths()) {
    if (/(^|\/)(pixel_mask|bad_?pixel_?mask|mask)$/i.test(path) && root.get(path) instanceof library.Dataset)
      masks.push(`/${path.replace(/^\//, '')}`)
  }
  return masks.length === 0 ? 'none, and no pixel_mask elsewhere' : `none; there is ${masks.slice(0, 5).join(', ')}`
}

function creatorOf(root: { attrs: Record<string, { value: unknown }> }): string | null {
  const value = root.attrs.creator?.value
  return typeof value === 'string' ? value : null
}

if (parentPort !== null) {
  const port = parentPort
  void pixelMaskWorker(workerData as PixelMaskRequest).then((answer) => port.postMessage(answer))
}
