import { ByteWriter } from './byte-writer.js'

/** Texts of a file, kept in one place. */
export interface TextHeap {
  readonly bytes: Uint8Array
  /** The 16 bytes that stand for a text. */
  referenceTo(text: string): Uint8Array
}

const HEAD_BYTES = 16
const SMALLEST = 4096

/**
 * A global heap of HDF5 with texts, each once.
 * @param at its address in the file
 * @see HDF5 File Format Specification 3.0, III.E
 */
export function createTextHeap(at: number, texts: readonly string[]): TextHeap {
  const encoded = [...new Set(texts)].filter((text) => text !== '').map((text) => [text, new TextEncoder().encode(text)] as const)
  const references = new Map(
    encoded.map(([text, { length }], i) => [
      text,
      new ByteWriter()
        .u32(length)
        .u64(at)
        .u32(i + 1)
        .give()
    ])
  )
  const used = encoded.reduce((sum, [, { length }]) => sum + HEAD_BYTES + padded(length), HEAD_BYTES)
  const size = Math.max(SMALLEST, used + HEAD_BYTES)
  const bytes = new Uint8Array(size)
  bytes.set(new ByteWriter().ascii('GCOL').u8(1, 0, 0, 0).u64(size).give())
  let next = HEAD_BYTES
  encoded.forEach(([, text], i) => {
    bytes.set(
      new ByteWriter()
        .u16(i + 1)
        .u16(1)
        .u32(0)
        .u64(text.length)
        .give(),
      next
    )
    bytes.set(text, next + HEAD_BYTES)
    next += HEAD_BYTES + padded(text.length)
  })
  // what is free is object 0, its own head included
  bytes.set(
    new ByteWriter()
      .u16(0)
      .u16(0)
      .u32(0)
      .u64(size - next)
      .give(),
    next
  )
  return { bytes, referenceTo: (text) => references.get(text) ?? new Uint8Array(16) }
}

function padded(length: number): number {
  return Math.ceil(length / 8) * 8
}
