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
   * Set bytes aside, never given back while the space lives; filled with zeros.
   * @returns their offset, a multiple of 64; null when there is no more memory
   */
  reserve(bytes: number): number | null
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
  const reserve = (bytes: number): number | null => {
    const start = top
    const end = start + Math.ceil(bytes / 64) * 64
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
  return { kernels, memory, module, reserve }
}
