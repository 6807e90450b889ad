import type { KernelExports } from '../../lib/kernels/simd/kernel-exports.js'
import { openOwnKernels } from '../../lib/kernels/simd/open-own-kernels.js'

/** Room in the memory of the kernels, from the byte offset `start` on; the next room may be in another memory. */
export interface Room {
  readonly kernels: KernelExports
  readonly start: number
  readonly buffer: ArrayBufferLike
}

const LEAST = 2 ** 21
/** The offset 0 is left free. */
const START = 64

let room: Room | null = null
let size = 0

/**
 * Room for one call of the kernels for stacks; whatever runs between two calls may overwrite it.
 * @returns null where the kernels cannot be had, or so much memory: the TypeScript kernels then give the same values
 */
export function stackRoom(bytes: number): Room | null {
  if (bytes > size) {
    const wanted = 2 ** Math.ceil(Math.log2(Math.max(LEAST, bytes)))
    const opened = openOwnKernels(START + wanted)
    if (opened === null) return null
    room = { ...opened, start: START }
    size = wanted
  }
  return room
}
