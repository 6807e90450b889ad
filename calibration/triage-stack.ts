import type { FrameSource } from '../lib/frame/frame-source.js'
import type { OffsetMap } from '../lib/maps/maps.js'
import { judgeStack } from './stacks/judge-stack.js'
import type { JudgeOptions, TriageResult } from './stacks/judge-stack.js'
import { openStack } from './stacks/open-stack.js'
import type { SaturationOptions } from './stacks/resolve-saturation.js'
import type { RunOptions } from './run-options.js'

/** Options of {@link triageStack}. */
export interface TriageStackOptions extends RunOptions, SaturationOptions, JudgeOptions {
  readonly role: 'dark' | 'flat'
  /** For flats: the offset map of their darks; without it a flat is judged by its raw mean. */
  readonly offset?: OffsetMap
  /** Name of the stack in messages. @default "darks" or "flats" */
  readonly subject?: string
}

/**
 * Judge the frames of a stack by whole-frame statistics, before any map is made: beam-on darks (mean more than 10 robust
 * sd of the frame means off), beam-off and weak flats (below half of the median signal), nearly saturated flats (more than
 * 0.01 % of the pixels above 95 % of saturation), duplicates (same SHA-256: later ones), first-frame transients (at most
 * 10), frames that are mostly not finite. Drift and constant frames give a warning. Holds one frame at a time.
 * @param source darks, or flats of one level
 * @returns every frame with its figures, verdict and reason; the indices of the kept ones
 * @throws {StackError} ERR_STACK when no frame is left, the source is empty or spent, frames are corrected already or come
 *   from several panels, or more than 20 % of the flat pixels lie below the offset
 * @throws {ShapeError} ERR_SHAPE when shapes differ
 * @throws {ModeError} ERR_MODE when modes differ
 * @throws {AbortedError} ERR_ABORTED
 */
export async function triageStack(source: FrameSource, options: TriageStackOptions): Promise<TriageResult> {
  const { role, subject = role === 'dark' ? 'darks' : 'flats' } = options
  return judgeStack(await openStack(source, { ...options, subject, memory: 0 }), options)
}
