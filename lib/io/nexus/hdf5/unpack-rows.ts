import type * as Zlib from 'node:zlib'
import { FormatError } from '../../../errors.js'
import { zlibOfNode } from '../../formats/zlib-of-node.js'

const LAYOUT_MESSAGE = 8
const KEY_BYTES = 32

interface Chunk {
  readonly at: number
  readonly length: number
}

/**
 * Inflate and unshuffle a map that `packRows` packed, on other threads; the library for WebAssembly does it on one, in three times as
 * long.
 * @param file name for messages
 * @param bytes of the whole HDF5 file
 * @param address of the object header of the map
 * @returns null where the map is laid out in another way, or this is not Node: the library is to read it
 * @throws {FormatError} ERR_FORMAT in the promise, when a chunk is not as long as it must be
 * @see HDF5 File Format Specification 3.0: object headers 2, data layout 3, B-tree 1 for chunks
 */
export function unpackRows(
  file: string,
  bytes: Uint8Array,
  address: number,
  [rows, cols]: readonly [number, number]
): Promise<Uint32Array> | null {
  const zlib = zlibOfNode() as typeof Zlib | null
  if (zlib === null) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  try {
    const found = findChunks(view, address, rows, cols)
    return found && unpackAll(file, zlib.inflate, bytes, found.chunks, rows * cols, found.rowsOfChunk * cols)
  } catch (error) {
    // an address beyond the end
    if (error instanceof RangeError) return null
    throw error
  }
}

async function unpackAll(
  file: string,
  unpack: typeof Zlib.inflate,
  bytes: Uint8Array,
  chunks: readonly Chunk[],
  pixels: number,
  elements: number
): Promise<Uint32Array> {
  const out = new Uint32Array(pixels)
  const work = chunks.map(async ({ at, length }, i) => {
    const shuffled = await new Promise<Uint8Array>((resolve, reject) =>
      unpack(bytes.subarray(at, at + length), { maxOutputLength: 4 * elements, chunkSize: Math.max(64, 4 * elements) }, (error, result) =>
        error ? reject(error) : resolve(result)
      )
    )
    if (shuffled.length !== 4 * elements) {
      throw new FormatError({ file, offset: at, expected: `a chunk of ${4 * elements} bytes`, received: `${shuffled.length}` })
    }
    unshuffle(shuffled, out.subarray(i * elements, (i + 1) * elements))
  })
  await Promise.all(work)
  return out
}

/** The last chunk is as long as the others; what is behind the last row is left. */
function unshuffle(shuffled: Uint8Array, out: Uint32Array): void {
  const elements = shuffled.length / 4
  for (let i = 0; i < out.length; i++) {
    out[i] = shuffled[i] | (shuffled[elements + i] << 8) | (shuffled[2 * elements + i] << 16) | (shuffled[3 * elements + i] << 24)
  }
}

/** null for everything that `encodeHdf5` does not write. */
function findChunks(view: DataView, address: number, rows: number, cols: number): { rowsOfChunk: number; chunks: Chunk[] } | null {
  const u32 = (at: number): number => view.getUint32(at, true)
  const u64 = (at: number): number => Number(view.getBigUint64(at, true))
  const layout = findLayout(view, address)
  if (layout === null || view.getUint8(layout) !== 3 || view.getUint8(layout + 1) !== 2 || view.getUint8(layout + 2) !== 3) return null
  const node = u64(layout + 3)
  const rowsOfChunk = u32(layout + 11)
  if (!(rowsOfChunk > 0 && rowsOfChunk <= rows && u32(layout + 15) === cols && u32(layout + 19) === 4)) return null
  const count = Math.ceil(rows / rowsOfChunk)
  if (view.getUint32(node) !== 0x54524545 || u32(node + 4) !== 1 + count * 0x10000) return null
  const chunks: Chunk[] = []
  for (let i = 0; i < count; i++) {
    const key = node + 24 + i * (KEY_BYTES + 8)
    const [at, length] = [u64(key + KEY_BYTES), u32(key)]
    const isNext = u32(key + 4) === 0 && u64(key + 8) === i * rowsOfChunk && u64(key + 16) === 0
    if (!isNext || at + length > view.byteLength) return null
    chunks.push({ at, length })
  }
  return { rowsOfChunk, chunks }
}

/** Where the data layout begins, in one block of messages without times and order. */
function findLayout(view: DataView, address: number): number | null {
  if (view.getUint32(address) !== 0x4f484452 || view.getUint16(address + 4) !== 0x0202) return null
  const end = address + 10 + view.getUint32(address + 6, true)
  for (let at = address + 10; at < end; at += 4 + view.getUint16(at + 1, true)) {
    if (view.getUint8(at) === LAYOUT_MESSAGE) return at + 4
  }
  return null
}
