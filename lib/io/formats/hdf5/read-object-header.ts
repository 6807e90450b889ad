/** How a dataset says that its values stand: what the library does not hand out. */
export interface StoredLayout {
  /** The bits of a word that count, from the lowest; null: all of them. */
  readonly packed: { readonly offset: number; readonly precision: number } | null
  /** A float that is none of IEEE 754. */
  readonly oddFloat: boolean
  readonly place: 'compact' | 'contiguous' | 'chunked' | 'virtual' | 'external'
  /** False: contiguous, and no byte was ever written. */
  readonly written: boolean
}

/** The bytes of a file from a position on, fewer where it ends. */
type ReadBytes = (position: number, length: number) => DataView

interface Message {
  readonly type: number
  readonly shared: boolean
  readonly body: DataView
}

/** Numbers of the messages that are looked at. */
const kinds = { datatype: 3, external: 7, layout: 8, continuation: 16 } as const
const signature = 0x89484446
const superblocks = [0, 512, 1024, 2048, 4096, 8192, 16384]
const largestBlock = 2 ** 20
const mostBlocks = 64

/**
 * Read the messages "datatype" and "data layout" of a dataset from the bytes of its file. libhdf5 gives both, its build for WebAssembly
 * neither.
 * @param address of the object header, as an object reference holds it
 * @returns null where they are kept in a way that is not followed
 * @see HDF5 File Format Specification 3.0, II, IV.A.1, IV.A.2.d and IV.A.2.i
 */
export function readObjectHeader(read: ReadBytes, address: number): StoredLayout | null {
  const base = superblocks.find((at) => viewHolds(read(at, 8), 8) && read(at, 8).getUint32(0) === signature)
  if (base === undefined) return null
  const head = read(base, 16)
  const width = head.getUint8(8) < 2 ? head.getUint8(13) : head.getUint8(9)
  if (width !== 8) return null
  const from: ReadBytes = (position, length) => read(base + position, length)
  const messages = readMessages(from, address)
  const layout = messages.find(({ type }) => type === kinds.layout)
  const type = datatypeOf(from, messages)
  if (layout === undefined || type === null) return null
  const external = messages.some(({ type }) => type === kinds.external)
  return { ...numbersOf(type), ...placeOf(layout.body, external) }
}

function viewHolds(view: DataView, bytes: number): boolean {
  return view.byteLength >= bytes
}

const addressAt = (view: DataView, at: number): number => Number(view.getBigUint64(at, true))

function readMessages(read: ReadBytes, address: number): Message[] {
  const start = read(address, 64)
  return start.getUint32(0) === 0x4f484452 ? readVersion2(read, address, start) : readVersion1(read, address, start)
}

function readVersion1(read: ReadBytes, address: number, start: DataView): Message[] {
  const messages: Message[] = []
  const blocks = [{ at: address + 16, length: start.getUint32(8, true) }]
  for (let k = 0; k < blocks.length && k < mostBlocks; k++) {
    const block = read(blocks[k].at, Math.min(blocks[k].length, largestBlock))
    for (let at = 0; at + 8 <= block.byteLength;) {
      const size = block.getUint16(at + 2, true)
      if (at + 8 + size > block.byteLength) break
      const body = new DataView(block.buffer, block.byteOffset + at + 8, size)
      push(messages, blocks, { type: block.getUint16(at, true), shared: (block.getUint8(at + 4) & 2) !== 0, body }, 0)
      at += 8 + size
    }
  }
  return messages
}

function readVersion2(read: ReadBytes, address: number, start: DataView): Message[] {
  const flags = start.getUint8(5)
  const sizeAt = 6 + (flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0)
  const sizeBytes = 1 << (flags & 3)
  const length = [start.getUint8(sizeAt), start.getUint16(sizeAt, true), start.getUint32(sizeAt, true), addressAt(start, sizeAt)][flags & 3]
  const headBytes = flags & 4 ? 6 : 4
  const messages: Message[] = []
  const blocks = [{ at: address + sizeAt + sizeBytes, length }]
  for (let k = 0; k < blocks.length && k < mostBlocks; k++) {
    const block = read(blocks[k].at, Math.min(blocks[k].length, largestBlock))
    for (let at = 0; at + headBytes <= block.byteLength;) {
      const size = block.getUint16(at + 1, true)
      if (at + headBytes + size > block.byteLength) break
      const body = new DataView(block.buffer, block.byteOffset + at + headBytes, size)
      push(messages, blocks, { type: block.getUint8(at), shared: (block.getUint8(at + 3) & 2) !== 0, body }, 4)
      at += headBytes + size
    }
  }
  return messages
}

/** @param mark bytes before and behind the messages of a block that goes on: its signature and its checksum */
function push(messages: Message[], blocks: { at: number; length: number }[], message: Message, mark: number): void {
  if (message.type !== kinds.continuation) messages.push(message)
  else if (message.body.byteLength >= 16) {
    blocks.push({ at: addressAt(message.body, 0) + mark, length: addressAt(message.body, 8) - 2 * mark })
  }
}

/** Of the dataset itself, or of a named type that it shares. */
function datatypeOf(read: ReadBytes, messages: readonly Message[]): DataView | null {
  const found = messages.find(({ type }) => type === kinds.datatype)
  if (found === undefined || !found.shared) return found?.body ?? null
  const version = found.body.getUint8(0)
  if (version === 3 && found.body.getUint8(1) !== 2) return null
  const named = readMessages(read, addressAt(found.body, version === 1 ? 8 : 2)).find(({ type }) => type === kinds.datatype)
  return named === undefined || named.shared ? null : named.body
}

/** Offset, precision, place and size of exponent and mantissa, bias of IEEE 754 by bytes. */
const ieee: Readonly<Record<number, readonly number[]>> = {
  2: [0, 16, 10, 5, 0, 10, 15],
  4: [0, 32, 23, 8, 0, 23, 127],
  8: [0, 64, 52, 11, 0, 52, 1023]
}

function numbersOf(type: DataView): Pick<StoredLayout, 'packed' | 'oddFloat'> {
  const kind = type.getUint8(0) & 15
  const size = type.getUint32(4, true)
  if (kind > 1 || type.byteLength < 12) return { packed: null, oddFloat: false }
  const [offset, precision] = [type.getUint16(8, true), type.getUint16(10, true)]
  if (kind === 0) return { packed: offset === 0 && precision === 8 * size ? null : { offset, precision }, oddFloat: false }
  const fields = [offset, precision, ...[12, 13, 14, 15].map((at) => type.getUint8(at)), type.getUint32(16, true)]
  const implied = ((type.getUint8(1) >> 4) & 3) === 2
  const oneOrder = (type.getUint8(1) & 0x40) === 0
  const signOnTop = type.getUint8(2) === 8 * size - 1
  return { packed: null, oddFloat: !(implied && oneOrder && signOnTop && fields.join() === ieee[size]?.join()) }
}

function placeOf(layout: DataView, external: boolean): Pick<StoredLayout, 'place' | 'written'> {
  const version = layout.getUint8(0)
  const kind = layout.getUint8(version < 3 ? 2 : 1)
  if (kind === 0) return { place: 'compact', written: true }
  if (kind === 2) return { place: 'chunked', written: true }
  if (kind === 3) return { place: 'virtual', written: true }
  if (external) return { place: 'external', written: true }
  const written = layout.getBigUint64(version < 3 ? 8 : 2, true) !== 0xffff_ffff_ffff_ffffn
  return { place: 'contiguous', written }
}
