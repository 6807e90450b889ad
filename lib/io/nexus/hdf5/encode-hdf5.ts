import { ByteWriter } from './byte-writer.js'
import type { Hdf5Array, Hdf5Group, Hdf5Node, Hdf5Text } from './hdf5-node.js'
import { metadataChecksum } from './metadata-checksum.js'
import { createTextHeap } from './text-heap.js'
import type { TextHeap } from './text-heap.js'

const SUPERBLOCK_BYTES = 48
/** Children of one node of an index, as readers take it that look up nothing else. */
const CHILDREN_OF_NODE = 64
const MESSAGE = {
  dataspace: 1,
  linkInfo: 2,
  datatype: 3,
  fillValue: 5,
  link: 6,
  layout: 8,
  groupInfo: 10,
  filters: 11,
  attribute: 12,
  references: 22
}

/**
 * Lay a tree of groups and arrays out as an HDF5 file. Values stand in it as they are, without a copy, so that the pieces are valid
 * while the arrays are left alone.
 * @returns the pieces of the file in order
 * @see HDF5 File Format Specification 3.0: superblock 2, object headers 2, B-tree 1 for chunks, one global heap for texts
 */
export function encodeHdf5(root: Hdf5Group): Uint8Array[] {
  const heap = createTextHeap(SUPERBLOCK_BYTES, textsOf(root))
  const file: Layout = { heap, pieces: [], end: SUPERBLOCK_BYTES, places: new Map(), links: countLinks(root) }
  put(file, heap.bytes)
  const rootAt = putNode(file, root)
  return [superblock(file.end, rootAt), ...file.pieces]
}

interface Layout {
  readonly heap: TextHeap
  readonly pieces: Uint8Array[]
  /** Where the next piece goes. */
  end: number
  /** Addresses of what is written. */
  readonly places: Map<Hdf5Node, number>
  /** How many places an object stands at. */
  readonly links: Map<Hdf5Node, number>
}

function superblock(end: number, root: number): Uint8Array {
  const bytes = new ByteWriter().u8(0x89).ascii('HDF\r\n\x1a\n').u8(2, 8, 8, 0).u64(0).nowhere().u64(end).u64(root)
  return sealed(bytes)
}

function sealed(bytes: ByteWriter): Uint8Array {
  return bytes.u32(metadataChecksum(bytes.give())).give()
}

function* nodesOf(node: Hdf5Node): Generator<Hdf5Node> {
  yield node
  if (node.kind === 'group') for (const child of Object.values(node.children)) yield* nodesOf(child)
}

function textsOf(root: Hdf5Group): string[] {
  return [...nodesOf(root)].flatMap((node) => {
    if (node.kind === 'text') return [node.text]
    return node.kind === 'external' ? [] : Object.values(node.attributes)
  })
}

function countLinks(root: Hdf5Group): Map<Hdf5Node, number> {
  const links = new Map<Hdf5Node, number>()
  for (const node of nodesOf(root)) links.set(node, (links.get(node) ?? 0) + 1)
  return links
}

/** At a multiple of 8 bytes; gives the address. */
function put(file: Layout, bytes: Uint8Array): number {
  const gap = -file.end & 7
  if (gap > 0) file.pieces.push(new Uint8Array(gap))
  const at = file.end + gap
  file.pieces.push(bytes)
  file.end = at + bytes.length
  return at
}

/** What it holds goes before it. */
function putNode(file: Layout, node: Exclude<Hdf5Node, { kind: 'external' }>): number {
  const known = file.places.get(node)
  if (known !== undefined) return known
  const messages =
    node.kind === 'group' ? groupMessages(file, node) : node.kind === 'text' ? textMessages(file, node) : arrayMessages(file, node)
  const links = file.links.get(node)!
  if (links > 1) messages.push([MESSAGE.references, new ByteWriter().u8(0).u32(links).give()])
  const at = put(file, objectHeader(messages))
  file.places.set(node, at)
  return at
}

type Message = readonly [type: number, body: Uint8Array]

function objectHeader(messages: readonly Message[]): Uint8Array {
  const length = messages.reduce((sum, [, body]) => sum + 4 + body.length, 0)
  const bytes = new ByteWriter().ascii('OHDR').u8(2, 2).u32(length)
  for (const [type, body] of messages) bytes.u8(type).u16(body.length).u8(0).append(body)
  return sealed(bytes)
}

function groupMessages(file: Layout, { attributes, children }: Hdf5Group): Message[] {
  const messages: Message[] = [
    [MESSAGE.linkInfo, new ByteWriter().u8(0, 0).nowhere().nowhere().give()],
    [MESSAGE.groupInfo, new ByteWriter().u8(0, 0).give()]
  ]
  for (const [name, child] of Object.entries(children)) {
    const link = new ByteWriter().u8(1)
    if (child.kind === 'external') {
      const target = new TextEncoder().encode(`${child.file}\0${child.path}\0`)
      link
        .u8(0x18, 64, 1, name.length)
        .ascii(name)
        .u16(target.length + 1)
        .u8(0)
        .append(target)
    } else link.u8(0, name.length).ascii(name).u64(putNode(file, child))
    messages.push([MESSAGE.link, link.give()])
  }
  return [...messages, ...attributeMessages(file, attributes)]
}

function textMessages(file: Layout, { text }: Hdf5Text): Message[] {
  return datasetMessages(TEXT_TYPE, dataspace([]), contiguous(put(file, file.heap.referenceTo(text)), 16))
}

function arrayMessages(file: Layout, { data, shape, packed, attributes }: Hdf5Array): Message[] {
  const type = data instanceof Uint32Array ? UINT32_TYPE : data instanceof Float32Array ? FLOAT32_TYPE : FLOAT64_TYPE
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  const others = attributeMessages(file, attributes)
  if (packed === undefined) return [...datasetMessages(type, dataspace(shape), contiguous(put(file, bytes), bytes.length)), ...others]
  const extents = [packed.rowsOfChunk, shape[1], data.BYTES_PER_ELEMENT]
  const layout = new ByteWriter().u8(3, 2, 3).u64(putChunks(file, packed))
  extents.forEach((extent) => layout.u32(extent))
  // shuffle by bytes of an element, then deflate; neither may be left out
  const filters = new ByteWriter().u8(2, 2).u16(2).u16(0).u16(1).u32(data.BYTES_PER_ELEMENT).u16(1).u16(0).u16(1).u32(1)
  return [...datasetMessages(type, dataspace(shape), layout.give()), [MESSAGE.filters, filters.give()], ...others]
}

/** The chunks, and the one node of their index. */
function putChunks(file: Layout, { rowsOfChunk, chunks }: NonNullable<Hdf5Array['packed']>): number {
  const places = chunks.map((chunk) => put(file, chunk))
  const node = new ByteWriter().ascii('TREE').u8(1, 0).u16(chunks.length).nowhere().nowhere()
  const key = (length: number, row: number): ByteWriter => node.u32(length).u32(0).u64(row).u64(0).u64(0)
  chunks.forEach((chunk, i) => key(chunk.length, i * rowsOfChunk).u64(places[i]))
  key(0, chunks.length * rowsOfChunk)
  const keyBytes = 32
  return put(file, node.padTo(24 + (CHILDREN_OF_NODE + 1) * keyBytes + CHILDREN_OF_NODE * 8).give())
}

function datasetMessages(type: Uint8Array, space: Uint8Array, layout: Uint8Array): Message[] {
  // space is taken when values come; no fill value
  const fill = Uint8Array.of(3, 0x0a)
  return [
    [MESSAGE.dataspace, space],
    [MESSAGE.datatype, type],
    [MESSAGE.fillValue, fill],
    [MESSAGE.layout, layout]
  ]
}

function attributeMessages({ heap }: Layout, attributes: Readonly<Record<string, string>>): Message[] {
  return Object.entries(attributes).map(([name, text]) => {
    const space = dataspace([])
    const head = new ByteWriter()
      .u8(3, 0)
      .u16(name.length + 1)
      .u16(TEXT_TYPE.length)
      .u16(space.length)
      .u8(0)
      .ascii(`${name}\0`)
    return [MESSAGE.attribute, head.append(TEXT_TYPE).append(space).append(heap.referenceTo(text)).give()]
  })
}

function dataspace(shape: readonly number[]): Uint8Array {
  const bytes = new ByteWriter().u8(2, shape.length, 0, shape.length === 0 ? 0 : 1)
  shape.forEach((extent) => bytes.u64(extent))
  return bytes.give()
}

function contiguous(at: number, length: number): Uint8Array {
  return new ByteWriter().u8(3, 1).u64(at).u64(length).give()
}

const UINT32_TYPE = new ByteWriter().u8(0x10, 0, 0, 0).u32(4).u16(0).u16(32).give()
// IEEE 754: the sign's place; bits in all; exponent's place and bits, mantissa's place and bits, bias
const FLOAT32_TYPE = new ByteWriter().u8(0x11, 0x20, 31, 0).u32(4).u16(0).u16(32).u8(23, 8, 0, 23).u32(127).give()
const FLOAT64_TYPE = new ByteWriter().u8(0x11, 0x20, 63, 0).u32(8).u16(0).u16(64).u8(52, 11, 0, 52).u32(1023).give()
/** UTF-8 of any length, in the heap. */
const TEXT_TYPE = new ByteWriter().u8(0x19, 1, 1, 0).u32(16).u8(0x13, 0x10, 0, 0).u32(1).give()
