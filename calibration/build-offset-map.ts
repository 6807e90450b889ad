import type { FrameSource } from '../lib/frame/frame-source.js'
import type { OffsetMap, PixelMap } from '../lib/maps/maps.js'
import { judgeStack } from './stacks/judge-stack.js'
import type { JudgeOptions, TriageResult } from './stacks/judge-stack.js'
import { openStack } from './stacks/open-stack.js'
import type { Combine } from './stacks/resolve-combine.js'
import type { SaturationOptions } from './stacks/resolve-saturation.js'
import type { RunOptions } from './run-options.js'
import { stackWarnings } from './stacks/stack-warnings.js'
import type { StackSummary } from './stack-summary.js'
import { summarizeStack } from './stacks/summarize-stack.js'

/** Options of {@link buildOffsetMap}. */
export interface BuildOffsetMapOptions extends RunOptions, SaturationOptions, JudgeOptions {
  /** @default sigma-clipped mean (kappa 4, 2 passes) from 8 frames on, median below */
  readonly combine?: Combine
  /** Take the level that a frame has as a whole out of noise and location. @default true */
  readonly detrendDarks?: boolean
}

/** An offset map and what it stands on. */
export interface OffsetMapResult {
  /** DN; 0 where no frame had a finite value. */
  readonly offset: OffsetMap
  /** One sigma of the offset, DN; null from one frame. */
  readonly offsetErrors: PixelMap | null
  /** Single-frame sd in the dark of the values that were not rejected, ddof 1, DN; null from one frame. */
  readonly noise: PixelMap | null
  readonly summary: StackSummary
  readonly triage: TriageResult
  readonly warnings: readonly string[]
}

/**
 * Build the offset map: the robust mean of the darks, per pixel, never rounded to integers.
 *
 * O = location over the kept frames of raw - d_t, d_t being how far frame t as a whole stands above the mean of the frames
 * (mean 0 over the stack). One dark is enough for the map; noise and errors are then null.
 * @param darks frames without radiation, in one mode
 * @returns offset, its one-sigma, noise (all DN, [rows, cols]), the summary of the stack, verdicts, warnings
 * @throws {StackError} ERR_STACK as {@link triageStack} @throws {ShapeError} ERR_SHAPE @throws {ModeError} ERR_MODE
 * @throws {OptionError} ERR_OPTION @throws {AbortedError} ERR_ABORTED
 * @see EMVA Standard 1288, release 4.0 (2021), dark signal; ASTM E2597/E2597M-14 for 30 to 100 frames
 */
export async function buildOffsetMap(darks: FrameSource, options: BuildOffsetMapOptions = {}): Promise<OffsetMapResult> {
  const { combine, detrendDarks = true } = options
  const subject = 'darks'
  const stack = await openStack(darks, { ...options, role: 'dark', subject })
  const triage = judgeStack(stack, options)
  const summary = await summarizeStack(stack, triage, { ...options, combine, normalize: detrendDarks })
  const { shape } = summary
  return {
    offset: { data: summary.location.map((value) => (value - value === 0 ? value : 0)), shape },
    offsetErrors: summary.locationErrors && { data: summary.locationErrors, shape },
    noise: summary.clippedSd && { data: summary.clippedSd, shape },
    summary,
    triage,
    warnings: [...triage.warnings, ...stackWarnings(subject, summary, triage)]
  }
}
