import { describeCombineCall } from './describe-combine-call.js'
import { stackRoom } from './stack-room.js'
import type { Strip, StripPlan } from './strip-plan.js'

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

/** A combiner for frames anywhere, which copies strips into the memory of the kernels; null where there is none for such a stack. */
export function createStripCombiner(plan: StripPlan): StripCombiner | null {
  const { frames } = plan
  const pixels = Math.max(64, Math.min(MOST_PIXELS, Math.floor(STRIP_BYTES / 2 / frames / 64) * 64))
  // Odd in lines of the cache: frames a power of two apart would all want the same few of them.
  const stride = pixels * 2 + 64
  const call = describeCombineCall(plan, pixels)
  const bytes = stride * frames + 4 * pixels + (call?.bytes ?? 0)
  if (call === null || stackRoom(bytes) === null) return null
  const combine: StripCombiner['combine'] = (stack, start, base, baseStart, count) => {
    const room = stackRoom(bytes)
    if (room === null) return null
    const { kernels, buffer, start: rawAt } = room
    const baseAt = rawAt + stride * frames
    const at = baseAt + 4 * pixels
    const raw = new Uint16Array(buffer, rawAt, (stride / 2) * frames)
    for (let t = 0; t < frames; t++) raw.set(stack[t].subarray(start, start + count), (t * stride) / 2)
    new Float32Array(buffer, baseAt, count).set(base.subarray(baseStart, baseStart + count))
    call.prepare(buffer, at)
    const done = kernels.combineU16(...call.argumentsOf(buffer, at, rawAt, stride, baseAt, count))
    return done === 0 ? null : call.resultsOf(buffer, at, count)
  }
  return { pixels, combine }
}
