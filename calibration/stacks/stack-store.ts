import type { KernelPixels } from '../../lib/frame/pixel-data.js'
import { openKernels } from '../../lib/kernels/simd/open-kernels.js'
import type { KernelSpace } from '../../lib/kernels/simd/open-kernels.js'
import type { OpenStackTeam, StackTeam } from './stack-team.js'

/** Frames in the memory of the kernels, byte offset of the first and bytes from one to the next. */
export interface Spacing {
  readonly at: number
  readonly stride: number
}

/** A frame in a store: byte offsets of its pixels, of scratch for one call (`SLOT_BYTES`), and of the map that is subtracted. */
export interface PlacedFrame {
  readonly space: KernelSpace
  readonly at: number
  readonly scratch: number
  readonly base: number
}

/** Bytes of the results and arguments of one call: see `createPlacedCombiner`. */
export const SLOT_BYTES = 2 ** 22
/** Frames are shared out over threads from this size on: smaller ones are combined before a thread has started. */
const SMALLEST_SHARED = 2 ** 18

/**
 * Holds the frames of one stack at a time in the memory of the kernels, where each thread of a team finds them; the next stack takes the
 * same place. The store of a calibration also holds the map that is subtracted, and room for the calls that are under way.
 */
export class StackStore {
  readonly #openTeam: OpenStackTeam | null
  #space: KernelSpace | null | undefined
  #team: StackTeam | null = null
  #slots = 0
  #base = 0
  #baseBytes = 0
  #frames = 0
  #frameBytes = 0
  #stride = 0
  #pixels = 0
  readonly #places = new Map<KernelPixels, number>()

  /** @param openTeam starts threads once there are frames that are worth it; null: all is done on this thread */
  constructor(openTeam: OpenStackTeam | null = null) {
    this.#openTeam = openTeam
  }

  /** null where there are no kernels, or before a frame was placed. */
  get space(): KernelSpace | null {
    return this.#space ?? null
  }

  get team(): StackTeam | null {
    return this.#team
  }

  /** Forget the frames that are there; those to come have so many pixels. */
  begin(pixels: number): void {
    this.#places.clear()
    this.#pixels = pixels
    // Odd in lines of the cache: frames a power of two apart would all want the same few of them.
    this.#stride = (Math.ceil((2 * pixels) / 64) | 1) * 64
  }

  /**
   * Copy a frame behind the others.
   * @returns a view of it, valid until the next `begin`; null when there are no kernels or there is no room
   */
  place(frame: Uint16Array): Uint16Array | null {
    const space = this.#open()
    // The room for the map is that of the first stack: no larger frames stand here.
    if (space === null || frame.length !== this.#pixels || 4 * frame.length > this.#baseBytes) return null
    const at = this.#frames + this.#places.size * this.#stride
    if (!this.#reach(space, at + this.#stride)) return null
    const view = new Uint16Array(space.memory.buffer, at, frame.length)
    view.set(frame)
    new Uint16Array(space.memory.buffer, at + 2 * frame.length, -frame.length & 7).fill(frame[0])
    this.#places.set(view, at)
    return view
  }

  /** Close the gaps between the frames that are kept, so that they stand a constant distance apart; gives the views of all frames anew. */
  keep(frames: readonly KernelPixels[], kept: readonly number[]): readonly KernelPixels[] {
    const wanted = kept.map((index) => frames[index])
    const { space } = this
    if (space === null || !wanted.every((frame) => this.#places.has(frame)) || this.spacingOf(wanted) !== null) return frames
    const bytes = new Uint8Array(space.memory.buffer)
    const moved = [...frames]
    kept.forEach((index, k) => {
      const from = this.#places.get(frames[index])!
      const to = this.#frames + k * this.#stride
      bytes.copyWithin(to, from, from + 2 * Math.ceil(this.#pixels / 8) * 8)
      moved[index] = new Uint16Array(space.memory.buffer, to, this.#pixels)
    })
    this.#places.clear()
    kept.forEach((index, k) => this.#places.set(moved[index], this.#frames + k * this.#stride))
    return moved
  }

  /** Where these frames stand; null when one is not of this store, or they are not equally far apart. */
  spacingOf(frames: readonly KernelPixels[]): Spacing | null {
    const places = frames.map((frame) => this.#places.get(frame) ?? NaN)
    const at = places[0]
    const stride = places.length > 1 ? places[1] - at : this.#stride
    return places.every((place, k) => place === at + k * stride) ? { at, stride } : null
  }

  /** Where a frame of this store stands, the pixels to the next multiple of eight behind it as its first one; null for any other. */
  placeOf(frame: KernelPixels): PlacedFrame | null {
    const at = this.#places.get(frame)
    return at === undefined ? null : { space: this.space!, at, scratch: this.#slots, base: this.#base }
  }

  /** Put the map there that is subtracted from frames; null when it has no room: it has more pixels than the first stack. */
  placeBase(map: Float32Array): number | null {
    const { space } = this
    if (space === null || map.byteLength > this.#baseBytes) return null
    new Float32Array(space.memory.buffer, this.#base, map.length).set(map)
    return this.#base
  }

  /** Calls that may be under way at once: while the results of one are taken, its thread is at the next. */
  get slots(): number {
    return this.#team === null ? 1 : 2 * this.#team.threads
  }

  slotAt(slot: number): number {
    return this.#slots + slot * SLOT_BYTES
  }

  #open(): KernelSpace | null {
    if (this.#space === undefined) this.#space = this.#layOut(openKernels())
    return this.#space
  }

  #layOut(space: KernelSpace | null): KernelSpace | null {
    if (space === null) return null
    this.#team = this.#openTeam !== null && this.#pixels >= SMALLEST_SHARED ? this.#openTeam(space) : null
    this.#baseBytes = 4 * this.#pixels
    const slots = space.reserve(this.slots * SLOT_BYTES)
    const base = space.reserve(this.#baseBytes)
    const frames = space.reserve(this.#stride)
    if (slots === null || base === null || frames === null) return null
    this.#slots = slots
    this.#base = base
    this.#frames = frames
    this.#frameBytes = this.#stride
    return space
  }

  /** Frames are the last thing in the memory: their room grows with it. */
  #reach(space: KernelSpace, end: number): boolean {
    const missing = end - this.#frames - this.#frameBytes
    if (missing <= 0) return true
    if (space.reserve(missing) === null) return false
    this.#frameBytes += Math.ceil(missing / 64) * 64
    return true
  }
}
