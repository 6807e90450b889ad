/** Memory of frames that nobody needs any more, all of one size. */
let spare: ArrayBuffer[] = []
let readers = 0
/** More frames than are read at a time: what is given back beyond is let go. */
const MOST_SPARE = 8

/** Memory for the pixels of frames. */
export const frameMemory = {
  /** Not cleared, which takes as long as reading. */
  take(bytes: number): ArrayBuffer {
    const given = spare.at(-1)
    if (given?.byteLength !== bytes) return uncleared(bytes)
    spare.pop()
    return given
  },

  /** One more gives back what it took. */
  beginReuse(): void {
    readers++
  },

  /** Let the next frame of this size have this memory. */
  giveBack(memory: ArrayBuffer): void {
    if (spare.length > 0 && spare[0].byteLength !== memory.byteLength) spare = []
    if (spare.length < MOST_SPARE) spare.push(memory)
  },

  /** With the last one that gives back its memory goes what is left. */
  endReuse(): void {
    readers--
    if (readers === 0) spare = []
  }
}

function uncleared(bytes: number): ArrayBuffer {
  const { Buffer: ofNode } = globalThis as { readonly Buffer?: { allocUnsafeSlow(size: number): { readonly buffer: ArrayBuffer } } }
  return ofNode ? ofNode.allocUnsafeSlow(bytes).buffer : new ArrayBuffer(bytes)
}
