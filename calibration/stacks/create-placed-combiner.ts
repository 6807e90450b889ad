import { medianNetwork } from './median-network.js'
import { SLOT_BYTES } from './stack-store.js'
import type { Spacing, StackStore } from './stack-store.js'
import type { Strip, StripPlan } from './create-strip-combiner.js'

/** Combines runs of pixels of a stack that stands in a store, as many at once as the store has slots. */
export interface PlacedCombiner {
  /** Pixels of a run at most. */
  readonly pixels: number
  /**
   * Combine `count` pixels from `start` on.
   * @param slot 0 to slots - 1, each for one call at a time; its results stay until its next one
   * @param frames where they stand; their first pixel is pixel `first` of the map that is subtracted
   * @returns null when a value is not finite
   */
  combine(slot: number, frames: Spacing, first: number, start: number, count: number): Promise<Strip | null>
}

const PIXELS = 65_536
const MOST_FRAMES = 1024
/** Scratch of the kernel: head, and bytes per frame. */
const HEAD = 448
const PER_FRAME = 56
const MAPS = 8

/**
 * A combiner with the bits of `createStripCombiner`, for frames that need no copy; null where there is none for such a stack.
 * @param base the map that is subtracted, of all pixels of a frame
 */
export function createPlacedCombiner(
  store: StackStore, { frames, plan, factors, shifts, saturation, thirdFloor }: StripPlan, base: Float32Array
): PlacedCombiner | null {
  const { space, team } = store
  const network = plan.mode > 0 ? medianNetwork(frames) : []
  const top = Math.min(65_535, Math.ceil(saturation) - 1)
  if (space === null || network === null || frames < 2 || frames > MOST_FRAMES || !(top >= 0) || !(plan.kappa >= 1)) return null
  const baseAt = store.placeBase(base)
  const outStride = PIXELS * 4
  const sizes = [4 * frames, 4 * frames, 4 * network.length, 4 * frames, HEAD + PER_FRAME * frames, outStride * (MAPS + 2)]
  const [scalesAt, shiftsAt, networkAt, rejectedAt, scratchAt, outAt, end] = layOut(sizes)
  if (baseAt === null || end > SLOT_BYTES) return null
  for (let slot = 0; slot < store.slots; slot++) {
    const { buffer } = space.memory
    const at = store.slotAt(slot)
    new Float32Array(buffer, at + scalesAt, frames).set(factors.map((factor) => 1 / factor))
    new Float32Array(buffer, at + shiftsAt, frames).set(shifts)
    const pairs = new Uint32Array(buffer, at + networkAt, network.length)
    for (let k = 0; k < network.length; k++) pairs[k] = network[k][0] * 16 + network[k][1] * 16 * 65_536
  }
  const combine: PlacedCombiner['combine'] = async (slot, { at: raw, stride }, first, start, count) => {
    const { buffer } = space.memory
    const at = store.slotAt(slot)
    const rejected = new Uint32Array(buffer, at + rejectedAt, frames).fill(0)
    const args: Parameters<typeof space.kernels.combineU16> = [
      raw + 2 * start, stride, frames, count, baseAt + 4 * (first + start), at + scalesAt, at + shiftsAt, top,
      plan.mode, at + networkAt, network.length, Math.sqrt(plan.medianEfficiency[frames] / frames),
      plan.kappa, plan.floor, plan.passes, plan.clipCorrection,
      thirdFloor ?? -1, at + outAt, outStride, at + rejectedAt, at + scratchAt
    ]
    const done = team === null ? space.kernels.combineU16(...args) : await team.combine(args)
    if (done === 0) return null
    const map = (k: number): number => at + outAt + k * outStride
    return {
      maps: Array.from({ length: MAPS }, (_, k) => new Float32Array(buffer, map(k), count)),
      changed: new Uint8Array(buffer, map(MAPS), count),
      saturated: new Uint16Array(buffer, map(MAPS + 1), count),
      rejected
    }
  }
  return { pixels: PIXELS, combine }
}

/** Offsets of areas one after the other, multiples of 64, and their end. */
function layOut(sizes: readonly number[]): number[] {
  const places = [0]
  for (const size of sizes) places.push(places.at(-1)! + Math.ceil(size / 64) * 64)
  return places
}
