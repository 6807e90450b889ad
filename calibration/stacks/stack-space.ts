import { openKernels } from '../../lib/kernels/simd/open-kernels.js'
import type { KernelExports } from '../../lib/kernels/simd/kernel-exports.js'

/** The SIMD kernels with room for the strips of one call. */
export interface StackSpace {
  readonly kernels: KernelExports
  /**
   * Views of room for one call; whatever runs between two calls may overwrite it.
   * @returns null when there is no more memory
   */
  readonly room: (bytes: number) => Room | null
}

/** Room in the memory of the kernels, from the byte offset `start` on. */
export interface Room {
  readonly start: number
  readonly buffer: ArrayBufferLike
}

let space: StackSpace | null | undefined

/** The kernels for stacks, opened once; null where they cannot be had: the TypeScript kernels then give the same values. */
export function stackSpace(): StackSpace | null {
  if (space === undefined) space = open()
  return space
}

function open(): StackSpace | null {
  const opened = openKernels()
  if (opened === null) return null
  let room: Room | null = null
  let size = 0
  return {
    kernels: opened.kernels,
    room: (bytes) => {
      if (room === null || bytes > size) {
        // Room is not given back: doubling keeps what is lost below what is used.
        const wanted = Math.max(2 ** 21, bytes, 2 * size)
        const start = opened.reserve(wanted)
        if (start === null) return null
        room = { start, buffer: opened.memory.buffer }
        size = wanted
      }
      return room
    }
  }
}
