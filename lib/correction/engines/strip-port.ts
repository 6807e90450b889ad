import type { KernelPixels } from '../../frame/pixel-data.js'
import type { KernelSpace } from '../../kernels/simd/open-kernels.js'
import { STRIP } from '../../kernels/simd/layouts.js'

/** Bytes of a word: the engine copies between shared and other memory word by word, bytewise where they lie differently to words. */
const WORD = 8

/** Bytes that a port needs for its scratch. */
export const PORT_BYTES = STRIP * 4 + WORD

/** How the kernels reach one array: where it lies when that is in their memory, else strip by strip through scratch. */
export class StripPort {
  readonly #space: KernelSpace
  readonly #at: number
  readonly #count: number
  /** Strips of arrays that came before, and the scratch for them: a view per strip and frame would be garbage. */
  readonly #seen = new WeakMap<KernelPixels, ForeignStrips>()
  #foreign: ForeignStrips | null = null
  #own = 0
  #size = 4

  /** @param at byte offset of {@link PORT_BYTES} bytes of scratch, a multiple of 8 */
  constructor(space: KernelSpace, at: number, count: number) {
    this.#space = space
    this.#at = at
    this.#count = count
  }

  /** @param own byte offset of the array in the memory of the kernels; -1: it lies elsewhere */
  open(pixels: KernelPixels, own: number): void {
    this.#own = own
    this.#size = pixels.BYTES_PER_ELEMENT
    this.#foreign = null
    if (own >= 0) return
    this.#foreign = this.#seen.get(pixels) ?? this.#cut(pixels)
  }

  #cut(pixels: KernelPixels): ForeignStrips {
    const { buffer } = this.#space.memory
    const at = this.#at + (pixels.byteOffset % WORD)
    const scratch = (length: number): KernelPixels =>
      pixels instanceof Uint16Array ? new Uint16Array(buffer, at, length) : new Float32Array(buffer, at, length)
    const foreign = { at, strips: cut(pixels, this.#count), full: scratch(STRIP), rest: scratch(this.#count % STRIP) }
    this.#seen.set(pixels, foreign)
    return foreign
  }

  get isForeign(): boolean {
    return this.#foreign !== null
  }

  /** Byte offset of the first pixel of a frame in memory. */
  get start(): number {
    return this.#own
  }

  /** Byte offset of the first pixel of a strip. */
  place(strip: number): number {
    return this.#foreign ? this.#foreign.at : this.#own + strip * STRIP * this.#size
  }

  /** Bring a strip into the memory, if it is not there. */
  read(strip: number): void {
    if (this.#foreign) this.#foreign.full.set(this.#foreign.strips[strip])
  }

  /** Take a strip out of the memory, if it belongs elsewhere. */
  write(strip: number): void {
    if (!this.#foreign) return
    const target = this.#foreign.strips[strip]
    target.set(target.length === STRIP ? this.#foreign.full : this.#foreign.rest)
  }
}

/** An array that lies elsewhere, in strips, and scratch for a full strip and for the last one. */
interface ForeignStrips {
  readonly at: number
  readonly strips: readonly KernelPixels[]
  readonly full: KernelPixels
  readonly rest: KernelPixels
}

function cut(pixels: KernelPixels, count: number): KernelPixels[] {
  const strips = Math.ceil(count / STRIP)
  return Array.from({ length: strips }, (_, strip) => pixels.subarray(strip * STRIP, Math.min(count, (strip + 1) * STRIP)))
}
