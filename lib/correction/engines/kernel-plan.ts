import { groupRepairs } from './group-repairs.js'
import { STRIP } from '../../kernels/simd/layouts.js'
import { targetsBefore } from './targets-before.js'
import type { KernelExports } from '../../kernels/simd/kernel-exports.js'
import type { KernelSpace } from '../../kernels/simd/open-kernels.js'
import type { DefectPlan } from '../../maps/defect-plan.js'

/**
 * A defect plan in the memory of the kernels, its targets by the strip of a frame that makes them ready: a target is ready when it and all
 * its sources are corrected.
 */
export class KernelPlan {
  readonly #space: KernelSpace
  readonly #run: KernelExports
  #room = 0
  #start = 0
  /** Byte offsets: of the groups of repairs, of the bad pixels in ascending order. */
  #groups = 0
  #bad = 0
  /** Per strip, one more than strips: bytes of groups that are ready before it is corrected; bad pixels before it. */
  #groupsBefore: Uint32Array = new Uint32Array(1)
  #badBefore: Uint32Array = new Uint32Array(1)

  constructor(space: KernelSpace) {
    this.#space = space
    this.#run = space.kernels
  }

  /** @returns false when there is no memory for it: the one before then stays */
  put(plan: DefectPlan): boolean {
    const { targets, starts, sources, shape } = plan
    const strips = Math.ceil((shape[0] * shape[1]) / STRIP)
    // every target has a source, and they ascend
    const lastOf = (k: number): number => Math.max(targets[k], sources[starts[k + 1] - 1])
    const { bytes, before } = groupRepairs(plan, strips, (k) => Math.floor(lastOf(k) / STRIP))
    const needed = bytes.length + 4 * targets.length
    if (needed > this.#room) {
      // grows by half at least, so that plans that grow step by step do not fill the memory
      const room = Math.max(needed, Math.ceil(1.5 * this.#room))
      const start = this.#space.reserve(room)
      if (start === null) return false
      this.#start = start
      this.#room = room
    }
    const { buffer } = this.#space.memory
    this.#groups = this.#start
    this.#bad = this.#groups + bytes.length
    this.#groupsBefore = before
    this.#badBefore = targetsBefore(targets, strips)
    new Uint8Array(buffer, this.#groups, bytes.length).set(bytes)
    new Uint32Array(buffer, this.#bad, targets.length).set(targets)
    return true
  }

  /** Bad pixels of a strip whose raw value is saturated. */
  countSaturated(strip: number, firstPixel: number, isInteger: boolean, limit: number): number {
    const from = this.#badBefore[strip]
    const to = this.#badBefore[strip + 1]
    return isInteger
      ? this.#run.countSaturatedU16(firstPixel - 2 * STRIP * strip, this.#bad, from, to, limit)
      : this.#run.countSaturatedF32(firstPixel - 4 * STRIP * strip, this.#bad, from, to, limit)
  }

  /** Replace what is ready when a strip of a float32 frame has been corrected. */
  repairF32(strip: number, frame: number): void {
    this.#run.repairF32(frame, this.#groups + this.#groupsBefore[strip], this.#groups + this.#groupsBefore[strip + 1])
  }

  /** The same for a uint16 frame, from the raw one; returns the clamped targets. */
  repairU16(strip: number, raw: number, offset: number, gain: number, out: number, pedestal: number): number {
    const from = this.#groups + this.#groupsBefore[strip]
    const to = this.#groups + this.#groupsBefore[strip + 1]
    return this.#run.repairFromU16(raw, offset, gain, out, from, to, 1, pedestal)
  }
}
