import { describeCombineCall } from './describe-combine-call.js'
import { SLOT_BYTES } from './stack-store.js'
import type { Spacing, StackStore } from './stack-store.js'
import type { Strip, StripPlan } from './strip-plan.js'

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

/** Their results stay in the second-level cache. */
const PIXELS = 16_384

/**
 * A combiner for frames that need no copy, by the threads of their store; null where there is none for such a stack.
 * @param base the map that is subtracted, of all pixels of a frame
 */
export function createPlacedCombiner(store: StackStore, plan: StripPlan, base: Float32Array): PlacedCombiner | null {
  const { space, team } = store
  const call = describeCombineCall(plan, PIXELS)
  if (space === null || call === null || call.bytes > SLOT_BYTES) return null
  const baseAt = store.placeBase(base)
  if (baseAt === null) return null
  for (let slot = 0; slot < store.slots; slot++) call.prepare(space.memory.buffer, store.slotAt(slot))
  const combine: PlacedCombiner['combine'] = async (slot, { at: raw, stride }, first, start, count) => {
    const { buffer } = space.memory
    const at = store.slotAt(slot)
    const args = call.argumentsOf(buffer, at, raw + 2 * start, stride, baseAt + 4 * (first + start), count)
    const done = team === null ? space.kernels.combineU16(...args) : await team.combine(args)
    return done === 0 ? null : call.resultsOf(buffer, at, count)
  }
  return { pixels: PIXELS, combine }
}
