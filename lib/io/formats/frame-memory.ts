/** The memory of a frame that nobody needs any more. */
let spare: ArrayBuffer | null = null

/** Memory for the pixels of frames. */
export const frameMemory = {
  /** Not cleared, which takes as long as reading. */
  take(bytes: number): ArrayBuffer {
    const given = spare
    if (given === null || given.byteLength !== bytes) return uncleared(bytes)
    spare = null
    return given
  },

  /** Let the next frame of this size have this memory; null: let go of it. */
  giveBack(memory: ArrayBuffer | null): void {
    spare = memory
  }
}

function uncleared(bytes: number): ArrayBuffer {
  const { Buffer: ofNode } = globalThis as { readonly Buffer?: { allocUnsafeSlow(size: number): { readonly buffer: ArrayBuffer } } }
  return ofNode ? ofNode.allocUnsafeSlow(bytes).buffer : new ArrayBuffer(bytes)
}
