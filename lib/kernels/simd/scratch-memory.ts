import type { KernelExports } from './kernel-exports.js'
import { openKernels } from './open-kernels.js'
import type { KernelSpace } from './open-kernels.js'

export interface ScratchMemory {
  readonly kernels: KernelExports
  readonly buffer: ArrayBufferLike
  /** Offset of the bytes that were asked for, a multiple of 64. */
  readonly start: number
}

/** More than this is not kept for good, bytes. */
const MOST = 1 << 26

let space: KernelSpace | null = null
let start = 0
let size = 0

/**
 * Bytes for a kernel to work in until the next call, in one memory that is opened when first asked for and kept: maps go through it
 * band by band. What is in them is left from earlier calls.
 * @returns null where the SIMD kernels cannot be had, and for more than 64 MB: the TypeScript kernels serve
 */
export function scratchMemory(bytes: number): ScratchMemory | null {
  if (bytes > MOST) return null
  space ??= openKernels()
  if (space === null) return null
  if (bytes > size) {
    const larger = Math.min(MOST, Math.max(bytes, 2 * size))
    const at = space.reserve(larger)
    if (at === null) return null
    start = at
    size = larger
  }
  return { kernels: space.kernels, buffer: space.memory.buffer, start }
}
