import { kernelsModule } from './kernels-module.js'

/** What is used of a WebAssembly.Memory. */
export interface KernelMemory {
  readonly buffer: ArrayBufferLike
  grow(pages: number): number
}

/** What is used of the WebAssembly object: the types of browsers and of Node differ, and either may lack it. */
export interface Engine {
  Module: new (bytes: Uint8Array) => object
  Memory: new (limits: { initial: number; maximum: number; shared: boolean }) => KernelMemory
  Instance: new (module: object, imports: object) => { exports: unknown }
}

/** "memory", then: it is a memory that is imported, with a maximum and shared. */
const SHARED_IMPORT = [0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 0x02, 0x03]
const UNSHARED = 0x01

const compiled = new Map<boolean, object | null>()

/** The compiled module, for a memory that threads share or for one of this thread alone, and what compiled it; null: cannot be had. */
export function compileKernels(shared: boolean): { readonly engine: Engine; readonly module: object } | null {
  const engine = (globalThis as { WebAssembly?: Engine }).WebAssembly
  if (engine === undefined) return null
  let module = compiled.get(shared)
  if (module === undefined) {
    try {
      module = new engine.Module(shared ? decode() : unshared(decode()))
    } catch {
      module = null
    }
    compiled.set(shared, module)
  }
  return module === null ? null : { engine, module }
}

/** The same module, which asks for a memory that is not shared. */
function unshared(bytes: Uint8Array): Uint8Array {
  const at = bytes.findIndex((_, start) => SHARED_IMPORT.every((byte, k) => bytes[start + k] === byte))
  bytes[at + SHARED_IMPORT.length - 1] = UNSHARED
  return bytes
}

function decode(): Uint8Array {
  const text = (globalThis as unknown as { atob(text: string): string }).atob(kernelsModule)
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0))
}
