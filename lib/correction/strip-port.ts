import type { KernelPixels } from '../frame/pixel-data.js'
import type { KernelSpace } from '../kernels/simd/open-kernels.js'

/** Pixels of a strip: with maps and both frames about half a megabyte, which stays in the cache of a core. */
export const STRIP = 32_768

/** Bytes that a port needs for its scratch. */
export const PORT_BYTES = STRIP * 4

/** How the kernels reach one array: where it lies when that is in their memory, else strip by strip through scratch. */
export class StripPort {
  readonly #at: number
  readonly #words: KernelPixels[]
  readonly #singles: KernelPixels[]
  /** Strips of arrays that came before: a view per strip and frame would be garbage. */
  readonly #seen = new WeakMap<KernelPixels, KernelPixels[]>()
  readonly #count: number
  #strips: KernelPixels[] = []
  #scratch: KernelPixels[] = []
  #own = 0
  #size = 4
  #isForeign = false

  /** @param at byte offset of {@link PORT_BYTES} bytes of scratch */
  constructor({ memory }: KernelSpace, at: number, count: number) {
    this.#at = at
    this.#count = count
    const rest = count % STRIP
    this.#words = [new Uint16Array(memory.buffer, at, STRIP), new Uint16Array(memory.buffer, at, rest)]
    this.#singles = [new Float32Array(memory.buffer, at, STRIP), new Float32Array(memory.buffer, at, rest)]
  }

  /** @param own byte offset of the array in the memory of the kernels; -1: it lies elsewhere */
  open(pixels: KernelPixels, own: number): void {
    this.#own = own
    this.#size = pixels.BYTES_PER_ELEMENT
    this.#isForeign = own < 0
    if (own >= 0) return
    this.#scratch = this.#size === 2 ? this.#words : this.#singles
    const seen = this.#seen.get(pixels)
    this.#strips = seen ?? cut(pixels, this.#count)
    if (!seen) this.#seen.set(pixels, this.#strips)
  }

  get isForeign(): boolean {
    return this.#isForeign
  }

  /** Byte offset of the first pixel of a frame in memory. */
  get start(): number {
    return this.#own
  }

  /** Byte offset of the first pixel of a strip. */
  place(strip: number): number {
    return this.#isForeign ? this.#at : this.#own + strip * STRIP * this.#size
  }

  /** Bring a strip into the memory, if it is not there. */
  read(strip: number): void {
    if (this.#isForeign) this.#scratch[0].set(this.#strips[strip])
  }

  /** Take a strip out of the memory, if it belongs elsewhere. */
  write(strip: number): void {
    if (!this.#isForeign) return
    const target = this.#strips[strip]
    target.set(target.length === STRIP ? this.#scratch[0] : this.#scratch[1])
  }
}

function cut(pixels: KernelPixels, count: number): KernelPixels[] {
  const strips = Math.ceil(count / STRIP)
  return Array.from({ length: strips }, (_, strip) => pixels.subarray(strip * STRIP, Math.min(count, (strip + 1) * STRIP)))
}
