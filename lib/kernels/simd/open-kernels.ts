import { compileKernels } from './compile-kernels.js'
import type { KernelMemory } from './compile-kernels.js'
import type { KernelExports } from './kernel-exports.js'

/** A memory of its own with the kernels that work in it. */
export interface KernelSpace {
  readonly kernels: KernelExports
  /** Shared between threads; it grows, and views made before stay valid. */
  readonly memory: KernelMemory
  /** The compiled module, for other threads on the same memory. */
  readonly module: object
  /**
   * Set bytes aside, until they are given back; filled with zeros.
   * @returns their offset, a multiple of 64; null when there is no more memory
   */
  reserve(bytes: number): number | null
  /** Give bytes back that were set aside; the next who asks gets them. @param start their offset */
  release(start: number): void
}

const PAGE = 65_536
/** 4 GiB: what a 32-bit offset reaches. */
const MOST_PAGES = 65_536

/**
 * A memory with the SIMD kernels in it; null where they cannot be had: no WebAssembly or no SIMD, a page whose policy forbids compiling
 * it, no address space left. The TypeScript kernels then serve, with the same results.
 */
export function openKernels(): KernelSpace | null {
  const found = compileKernels(true)
  if (found === null) return null
  const { engine, module } = found
  try {
    const memory = new engine.Memory({ initial: 1, maximum: MOST_PAGES, shared: true })
    const { exports } = new engine.Instance(module, { env: { memory } })
    return spaceOf(exports as KernelExports, memory, module)
  } catch {
    return null
  }
}

function spaceOf(kernels: KernelExports, memory: KernelMemory, module: object): KernelSpace {
  // offset 0 is left free
  let top = 64
  let size = PAGE
  const sizes = new Map<number, number>()
  /** Free bytes below the top, in ascending order, apart from each other. */
  const holes: { start: number; size: number }[] = []
  const reuse = (wanted: number): number | null => {
    const hole = holes.findIndex(({ size }) => size >= wanted)
    if (hole < 0) return null
    const { start, size } = holes[hole]
    if (size === wanted) holes.splice(hole, 1)
    else holes[hole] = { start: start + wanted, size: size - wanted }
    new Uint8Array(memory.buffer, start, wanted).fill(0)
    return start
  }
  const release = (start: number): void => {
    const size = sizes.get(start)
    if (!sizes.delete(start) || size === 0) return
    const at = holes.findIndex((hole) => hole.start > start)
    const place = at < 0 ? holes.length : at
    holes.splice(place, 0, { start, size: size! })
    for (const k of [place, place - 1]) {
      if (k < 0 || k + 1 >= holes.length || holes[k].start + holes[k].size !== holes[k + 1].start) continue
      holes[k].size += holes[k + 1].size
      holes.splice(k + 1, 1)
    }
  }
  const reserve = (bytes: number): number | null => {
    const wanted = Math.ceil(bytes / 64) * 64
    const start = reuse(wanted) ?? extend(wanted)
    if (start !== null) sizes.set(start, wanted)
    return start
  }
  const extend = (wanted: number): number | null => {
    const start = top
    const end = start + wanted
    if (end > MOST_PAGES * PAGE) return null
    if (end > size) {
      const pages = Math.ceil((end - size) / PAGE)
      try {
        memory.grow(pages)
      } catch {
        return null
      }
      size += pages * PAGE
    }
    top = end
    return start
  }
  return { kernels, memory, module, reserve, release }
}
