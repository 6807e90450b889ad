/** The memory of a WebAssembly module, held below a limit. */
export interface LimitedMemory {
  /** Allow so many bytes from now on, or as many as it has. */
  readonly allow: (bytes: number) => void
  /** Bytes that it has; they are never given back. */
  held(): number
}

const pageBytes = 65_536

/** The part of WebAssembly.Memory that is needed: its types come with those of browsers. */
interface Memory {
  readonly buffer: ArrayBuffer
  grow(pages: number): number
}

/**
 * Hold the memory of the WebAssembly modules of this thread below a limit: beyond it they are told that there is none, as on a small
 * machine. A damaged file asks for gigabytes.
 * @param heap a view of the memory, as it is now
 */
export function limitMemory(heap: Uint8Array): LimitedMemory {
  const { prototype } = (globalThis as unknown as { WebAssembly: { Memory: { prototype: Memory } } }).WebAssembly.Memory
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its memory below
  const { grow } = prototype
  let held = heap.buffer.byteLength
  let allowed = Infinity
  prototype.grow = function (pages) {
    const next = this.buffer.byteLength + pages * pageBytes
    // as the engine does; it never reaches a user
    // eslint-disable-next-line no-restricted-syntax
    if (next > allowed) throw new RangeError('memory limit')
    const before = grow.call(this, pages)
    held = next
    return before
  }
  return {
    allow(bytes) {
      allowed = bytes
    },
    held: () => held
  }
}
