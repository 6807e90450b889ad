import type { CombinePlan } from '../../lib/kernels/combine-pixel.js'
import { medianNetwork } from './median-network.js'
import { stackRoom } from './stack-room.js'

/** What a stack of u16 frames is combined with. */
export interface StripPlan {
  readonly frames: number
  readonly plan: CombinePlan
  /** Per frame. */
  readonly factors: Float64Array
  readonly shifts: Float64Array
  /** Raw DN; Infinity: none is. */
  readonly saturation: number
  /** Sd up to which a pixel is not looked at for its third largest step; null: none is. */
  readonly thirdFloor: number | null
}

/** Results of one strip, views that the next one overwrites. */
export interface Strip {
  /** Location, its error, sd, clipped sd, largest step, even half, odd half, third largest step. */
  readonly maps: readonly Float32Array[]
  readonly changed: Uint8Array
  readonly saturated: Uint16Array
  /** Per frame. */
  readonly rejected: Uint32Array
  /** Frames that were combined at each pixel. */
  readonly used: Uint32Array
}

/** Combines strips of a stack. */
export interface StripCombiner {
  /** Pixels of a strip at most. */
  readonly pixels: number
  /**
   * Combine `count` pixels from `start` on.
   * @param frames u16 pixels of a band
   * @param base what is subtracted, of the same pixels from `baseStart` on
   * @returns null when a value is not finite
   */
  combine(frames: readonly Uint16Array[], start: number, base: Float32Array, baseStart: number, count: number): Strip | null
}

/** Bytes of raw values in a strip: it stays in the second-level cache. */
const STRIP_BYTES = 2 ** 19
const MOST_PIXELS = 4096
/** One less than 16 bits count: an odd number of frames is counted with one more. */
const MOST_FRAMES = 32_766
/** Scratch of the kernel: head, and bytes per frame. */
const HEAD = 896
const PER_FRAME = 104
const MAPS = 8

/**
 * A combiner by SIMD with the bits of `gatherTileU16`, `combineTile` and `thirdLargestStep`; null where there is none for such a stack.
 */
export function createStripCombiner({ frames, plan, factors, shifts, saturation, thirdFloor }: StripPlan): StripCombiner | null {
  const network = plan.mode === 1 ? medianNetwork(frames) : []
  const top = Math.min(65_535, Math.ceil(saturation) - 1)
  if (network === null || frames < 2 || frames > MOST_FRAMES || !(top >= 0) || !(plan.kappa >= 1)) return null
  const pixels = Math.max(64, Math.min(MOST_PIXELS, Math.floor(STRIP_BYTES / 2 / frames / 64) * 64))
  // Odd in lines of the cache: frames a power of two apart would all want the same few of them.
  const stride = pixels * 2 + 64
  const outStride = pixels * 4
  const perFrame = frames * 4
  const scratch = HEAD + PER_FRAME * frames
  const places = layOut([stride * frames, outStride, perFrame, perFrame, network.length * 4, outStride * (MAPS + 3), perFrame, scratch])
  const [rawAt, baseAt, scalesAt, shiftsAt, networkAt, outAt, rejectedAt, scratchAt, end] = places
  if (stackRoom(end) === null) return null
  const combine: StripCombiner['combine'] = (stack, start, base, baseStart, count) => {
    const room = stackRoom(end)
    if (room === null) return null
    const { kernels, buffer, start: at } = room
    const raw = new Uint16Array(buffer, at + rawAt, (stride / 2) * frames)
    for (let t = 0; t < frames; t++) raw.set(stack[t].subarray(start, start + count), (t * stride) / 2)
    new Float32Array(buffer, at + baseAt, count).set(base.subarray(baseStart, baseStart + count))
    new Float32Array(buffer, at + scalesAt, frames).set(factors.map((factor) => 1 / factor))
    new Float32Array(buffer, at + shiftsAt, frames).set(shifts)
    const pairs = new Uint32Array(buffer, at + networkAt, network.length)
    for (let k = 0; k < network.length; k++) pairs[k] = network[k][0] * 16 + network[k][1] * 16 * 65_536
    const rejected = new Uint32Array(buffer, at + rejectedAt, frames).fill(0)
    const map = (k: number): number => at + outAt + k * outStride
    const used = new Uint32Array(buffer, map(MAPS + 2), count).fill(frames)
    const done = kernels.combineU16(
      at + rawAt, stride, frames, count, at + baseAt, at + scalesAt, at + shiftsAt, top,
      plan.mode, at + networkAt, network.length, Math.sqrt(plan.medianEfficiency[frames] / frames),
      plan.kappa, plan.floor, plan.passes, plan.clipCorrection,
      thirdFloor ?? -1, at + outAt, outStride, at + rejectedAt, at + scratchAt
    )
    if (done === 0) return null
    return {
      maps: Array.from({ length: MAPS }, (_, k) => new Float32Array(buffer, map(k), count)),
      changed: new Uint8Array(buffer, map(MAPS), count),
      saturated: new Uint16Array(buffer, map(MAPS + 1), count),
      rejected,
      used
    }
  }
  return { pixels, combine }
}

/** Offsets of areas one after the other, multiples of 64, and their end. */
function layOut(sizes: readonly number[]): number[] {
  const places = [0]
  for (const size of sizes) places.push(places.at(-1)! + Math.ceil(size / 64) * 64)
  return places
}
