/** The memory of a frame that nobody needs any more. */
let spare: ArrayBuffer | null = null

/** Memory for a frame: not cleared, which takes as long as reading. */
export function takeFrameMemory(bytes: number): ArrayBuffer {
  const given = spare
  if (given === null || given.byteLength !== bytes) return Buffer.allocUnsafeSlow(bytes).buffer
  spare = null
  return given
}

/** Let the next frame of this size have this memory; null: let go of it. */
export function giveFrameMemory(memory: ArrayBuffer | null): void {
  spare = memory
}
