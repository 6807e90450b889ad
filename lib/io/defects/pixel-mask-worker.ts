import { parentPort, workerData } from 'node:worker_threads'
import type { Dataset } from 'h5wasm'
import { hasUnwrittenTile } from '../formats/hdf5/has-unwritten-tile.js'
import { hdf5Reason } from '../formats/hdf5/hdf5-reason.js'
import { readObjectHeader } from '../formats/hdf5/read-object-header.js'
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
  const reads = countReads(library, path)
  let root: InstanceType<Hdf5Library['File']> | undefined
  try {
    root = new library.File(path, 'r')
    const found = root.get(dataset)
    if (found instanceof library.ExternalLink) {
      return {
        expected: `the values at ${dataset} in this file`,
        received: `a link to ${found.obj_path} of ${found.filename}: give that file`
      }
    }
    if (!(found instanceof library.Dataset)) return { expected: `a dataset at ${dataset}`, received: masksIn(library, root) }
    return readMask(found, bytes, mostPixels, creatorOf(root), reads)
  } catch (error) {
    return { expected: `an HDF5 file with whole numbers at ${dataset}`, received: hdf5Reason(error).slice(0, 200) }
  } finally {
    root?.close()
  }
}

/** How often libhdf5 has read of a file. */
function countReads(library: Hdf5Library, path: string): () => number {
  const { node } = (library.FS as unknown as FileNodes).lookupPath(path)
  const { read } = node.stream_ops
  let count = 0
  node.stream_ops = {
    ...node.stream_ops,
    read: (...given) => {
      count++
      return read(...given)
    }
  }
  return () => count
}

/** What its declarations leave out of the file system of Emscripten. */
interface FileNodes {
  lookupPath(path: string): { readonly node: { stream_ops: { readonly read: (...given: unknown[]) => number } } }
}

function readMask(found: Dataset, bytes: Uint8Array, mostPixels: number, creator: string | null, reads: () => number): PixelMaskAnswer {
  const { metadata, path: dataset } = found
  const shape = metadata.shape ?? []
  const [rows, cols] = shape
  if (shape.length !== 2 || rows < 1 || cols < 1 || rows * cols > mostPixels) {
    return { expected: `[rows, cols] of at most ${mostPixels} pixels at ${dataset}`, received: `[${shape.join(', ')}]` }
  }
  if ((metadata.type !== 0 && metadata.type !== 8) || metadata.size > 4) {
    return { expected: `whole numbers of at most 32 bits at ${dataset}`, received: `${String(found.dtype)}` }
  }
  const missing = missingValues(found, bytes)
  if (missing !== null) return { expected: `values at ${dataset} that stand in this file`, received: missing }
  const values = found.value as ArrayLike<number>
  if (metadata.chunks && hasUnwrittenTile(found, values, [], shape, metadata.chunks, reads)) {
    return {
      expected: `a map at ${dataset} that was written`,
      received: 'one that never was, or not all of it: zeros would say that all is good'
    }
  }
  const data = Uint32Array.from(values)
  return { data, shape: [rows, cols], creator }
}

/** Why a map would read as zeros, which say that every pixel is good; null: it would not. */
function missingValues(found: Dataset, bytes: Uint8Array): string | null {
  const sources = found.metadata.virtual_sources
  if (sources)
    return `a virtual dataset of ${sources
      .map((source) => `${source.dset_name} of ${source.file_name}`)
      .join(', ')
      .slice(0, 200)}: give that file`
  const address = Number(Buffer.from(found.create_reference().ref_data).readBigUInt64LE(0))
  const layout = readObjectHeader((position, length) => viewOf(bytes, position, length), address)
  if (layout?.place === 'external') return 'values in other files'
  return layout?.written === false ? 'a dataset of which no byte was ever written' : null
}

function viewOf(bytes: Uint8Array, position: number, length: number): DataView {
  const from = Number.isSafeInteger(position) && position >= 0 ? Math.min(position, bytes.length) : bytes.length
  return new DataView(bytes.buffer, bytes.byteOffset + from, Math.min(length, bytes.length - from))
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
