import { medianNetwork } from './median-network.js'
import type { KernelExports } from '../../lib/kernels/simd/kernel-exports.js'
import type { Strip, StripPlan } from './strip-plan.js'

/** How `combineU16` is called: its arguments and results stand in a room of the memory that begins at a byte offset `at`. */
export interface CombineCall {
  /** Bytes of the room. */
  readonly bytes: number
  /** Put there what is the same for all runs of pixels. */
  prepare(buffer: ArrayBufferLike, at: number): void
  /**
   * Make the room ready for a run of pixels.
   * @param raw byte offset of its first pixel in the first frame
   * @param stride bytes from one frame to the next
   * @param base byte offset of what is subtracted, float32
   */
  argumentsOf(
    buffer: ArrayBufferLike,
    at: number,
    raw: number,
    stride: number,
    base: number,
    count: number
  ): Parameters<KernelExports['combineU16']>
  /** Views of the results; the next run overwrites them. */
  resultsOf(buffer: ArrayBufferLike, at: number, count: number): Strip
}

/** One less than 16 bits count: an odd number of frames is counted with one more. */
const MOST_FRAMES = 32_766
/** Scratch of the kernel: head, and bytes per frame. */
const HEAD = 896
const PER_FRAME = 104
const MAPS = 8

/**
 * How stacks are combined by SIMD, with the bits of `gatherTileU16`, `combineTile` and `thirdLargestStep`; null for stacks that the kernel
 * does not know.
 * @param pixels of a run at most
 */
export function describeCombineCall(stripPlan: StripPlan, pixels: number): CombineCall | null {
  const { frames, plan, factors, shifts, saturation, thirdFloor } = stripPlan
  const network = plan.mode === 1 ? medianNetwork(frames) : []
  const top = Math.min(65_535, Math.ceil(saturation) - 1)
  if (network === null || frames < 2 || frames > MOST_FRAMES || !(top >= 0) || !(plan.kappa >= 1)) return null
  const outStride = pixels * 4
  const sizes = [4 * frames, 4 * frames, 4 * network.length, outStride * (MAPS + 3), 4 * frames, HEAD + PER_FRAME * frames]
  const [scales, shiftsAt, networkAt, out, rejected, scratch, bytes] = layOut(sizes)
  const map = (at: number, k: number): number => at + out + k * outStride
  const usedIn = (buffer: ArrayBufferLike, at: number, count: number): Uint32Array => new Uint32Array(buffer, map(at, MAPS + 2), count)
  return {
    bytes,
    prepare: (buffer, at) => {
      new Float32Array(buffer, at + scales, frames).set(factors.map((factor) => 1 / factor))
      new Float32Array(buffer, at + shiftsAt, frames).set(shifts)
      const pairs = new Uint32Array(buffer, at + networkAt, network.length)
      for (let k = 0; k < network.length; k++) pairs[k] = network[k][0] * 16 + network[k][1] * 16 * 65_536
    },
    argumentsOf: (buffer, at, raw, stride, base, count) => {
      new Uint32Array(buffer, at + rejected, frames).fill(0)
      usedIn(buffer, at, count).fill(frames)
      return [
        raw,
        stride,
        frames,
        count,
        base,
        at + scales,
        at + shiftsAt,
        top,
        plan.mode,
        at + networkAt,
        network.length,
        Math.sqrt(plan.medianEfficiency[frames] / frames),
        plan.kappa,
        plan.floor,
        plan.passes,
        plan.clipCorrection,
        thirdFloor ?? -1,
        at + out,
        outStride,
        at + rejected,
        at + scratch
      ]
    },
    resultsOf: (buffer, at, count) => ({
      maps: Array.from({ length: MAPS }, (_, k) => new Float32Array(buffer, map(at, k), count)),
      changed: new Uint8Array(buffer, map(at, MAPS), count),
      saturated: new Uint16Array(buffer, map(at, MAPS + 1), count),
      rejected: new Uint32Array(buffer, at + rejected, frames),
      used: usedIn(buffer, at, count)
    })
  }
}

/** Offsets of areas one after the other, multiples of 64, and their end. */
function layOut(sizes: readonly number[]): number[] {
  const places = [0]
  for (const size of sizes) places.push(places.at(-1)! + Math.ceil(size / 64) * 64)
  return places
}
