import { STRIP } from './strip-port.js'
import type { KernelExports } from '../kernels/simd/kernel-exports.js'
import type { KernelSpace } from '../kernels/simd/open-kernels.js'
import type { DefectPlan } from '../maps/defect-plan.js'

/**
 * A defect plan in the memory of the kernels, its targets in the order in which strips of a frame make them ready: a target is ready
 * when it and all its sources are corrected.
 */
export class KernelPlan {
  readonly #space: KernelSpace
  readonly #run: KernelExports
  #room = 0
  #start = 0
  /** Byte offsets. */
  #bad = 0
  #targets = 0
  #starts = 0
  #sources = 0
  #weights = 0
  #totals = 0
  /** Per strip, one more than strips: bad pixels before it; targets that are ready before it is corrected. */
  #badBefore: Uint32Array = new Uint32Array(1)
  #readyBefore: Uint32Array = new Uint32Array(1)

  constructor(space: KernelSpace) {
    this.#space = space
    this.#run = space.kernels
  }

  /** @returns false when there is no memory for it: the one before then stays */
  put(plan: DefectPlan): boolean {
    const { targets, starts, sources, weights, shape } = plan
    const strips = Math.ceil((shape[0] * shape[1]) / STRIP)
    const needed = targets.length * 20 + sources.length * 8 + 8
    if (needed > this.#room) {
      // grows by half at least, so that plans that grow step by step do not fill the memory
      const room = Math.max(needed, Math.ceil(1.5 * this.#room))
      const start = this.#space.reserve(room)
      if (start === null) return false
      this.#start = start
      this.#room = room
    }
    const lastOf = (k: number): number => Math.max(targets[k], starts[k + 1] > starts[k] ? sources[starts[k + 1] - 1] : 0)
    const [badBefore] = sortByStrip(targets.length, strips, (k) => targets[k])
    const [readyBefore, order] = sortByStrip(targets.length, strips, lastOf)
    this.#badBefore = badBefore
    this.#readyBefore = readyBefore
    const { buffer } = this.#space.memory
    this.#totals = this.#start
    this.#bad = this.#totals + 8 * targets.length
    this.#targets = this.#bad + 4 * targets.length
    this.#starts = this.#targets + 4 * targets.length
    this.#sources = this.#starts + 4 * (targets.length + 1)
    this.#weights = this.#sources + 4 * sources.length
    new Uint32Array(buffer, this.#bad, targets.length).set(targets)
    const ordered = {
      totals: new Float64Array(buffer, this.#totals, targets.length),
      targets: new Uint32Array(buffer, this.#targets, targets.length),
      starts: new Uint32Array(buffer, this.#starts, targets.length + 1),
      sources: new Uint32Array(buffer, this.#sources, sources.length),
      weights: new Float32Array(buffer, this.#weights, sources.length)
    }
    let to = 0
    for (let n = 0; n < order.length; n++) {
      const k = order[n]
      let total = 0
      ordered.targets[n] = targets[k]
      ordered.starts[n] = to
      for (let j = starts[k]; j < starts[k + 1]; j++, to++) {
        ordered.sources[to] = sources[j]
        ordered.weights[to] = weights[j]
        total += weights[j]
      }
      ordered.totals[n] = total
    }
    ordered.starts[order.length] = to
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
    const from = this.#readyBefore[strip]
    const to = this.#readyBefore[strip + 1]
    this.#run.repairF32(frame, this.#targets, this.#starts, this.#sources, this.#weights, this.#totals, from, to)
  }

  /** The same for a uint16 frame, from the raw one; returns the clamped targets. */
  repairU16(strip: number, raw: number, offset: number, gain: number, out: number, pedestal: number): number {
    const from = this.#readyBefore[strip]
    const to = this.#readyBefore[strip + 1]
    return this.#run.repairU16FromU16(
      raw, offset, gain, out, this.#targets, this.#starts, this.#sources, this.#weights, this.#totals, from, to, pedestal
    )
  }
}

/** Numbers 0 to before `count`, sorted by the strip of their pixel and else kept in order; and how many come before each strip. */
function sortByStrip(count: number, strips: number, pixelOf: (k: number) => number): [before: Uint32Array, order: Uint32Array] {
  const before = new Uint32Array(strips + 1)
  for (let k = 0; k < count; k++) before[Math.floor(pixelOf(k) / STRIP) + 1]++
  for (let strip = 0; strip < strips; strip++) before[strip + 1] += before[strip]
  const next = before.slice()
  const order = new Uint32Array(count)
  for (let k = 0; k < count; k++) order[next[Math.floor(pixelOf(k) / STRIP)]++] = k
  return [before, order]
}
