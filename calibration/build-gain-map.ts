import type { FrameSource } from '../lib/frame/frame-source.js'
import { badPixels } from '../lib/maps/bad-pixels.js'
import type { DefectMap, GainMap, OffsetMap, PixelMap } from '../lib/maps/maps.js'
import { assertShape } from '../lib/frame/assert-shape.js'
import { gainFromSummary } from './gain-from-summary.js'
import type { ReferenceOptions } from './gain-from-summary.js'
import { judgeStack } from './stacks/judge-stack.js'
import type { JudgeOptions, TriageResult } from './stacks/judge-stack.js'
import { openStack } from './stacks/open-stack.js'
import type { Combine } from './stacks/resolve-combine.js'
import type { SaturationOptions } from './stacks/resolve-saturation.js'
import type { RunOptions } from './run-options.js'
import { stackWarnings } from './stacks/stack-warnings.js'
import type { StackSummary } from './stack-summary.js'
import { summarizeStack } from './stacks/summarize-stack.js'

/** Options of {@link buildGainMap}. */
export interface BuildGainMapOptions extends RunOptions, SaturationOptions, JudgeOptions, ReferenceOptions {
  /** Offset map of the same mode, DN. */
  readonly offset: OffsetMap
  /** One sigma of the offset map, DN; without it the errors of the gain are unknown. */
  readonly offsetErrors?: PixelMap | null
  /** Defects, when they are known: bad pixels count neither for the reference nor for the output of a frame. */
  readonly defects?: DefectMap
  /** @default sigma-clipped mean (kappa 4, 2 passes) from 8 frames on, median below */
  readonly combine?: Combine
  /** Bring the flats to their mean output first. @default true */
  readonly normalizeFlats?: boolean
}

/** A gain map and what it stands on. */
export interface GainMapResult {
  readonly gain: GainMap
  /** One sigma of the gain; null when flats or darks do not give it. */
  readonly gainErrors: PixelMap | null
  /** Offset-corrected location of the flats, DN; 0 where no frame had a finite value. */
  readonly flatSignal: PixelMap
  /** Single-frame sd of the flats, ddof 1, DN; null from one frame. */
  readonly flatNoise: PixelMap | null
  readonly summary: StackSummary
  readonly triage: TriageResult
  readonly warnings: readonly string[]
}

/**
 * Build the gain map from flats of one level: gain = reference / (flat - offset), per pixel.
 *
 * Each flat is brought to the mean output of the stack (mean of the good pixels in the central half of the area), the
 * frames are averaged before the division, and the reference is the mean signal of the good pixels. A pixel without a
 * usable signal has gain 0.
 * @param flats open-field frames of one level, same mode as the offset
 * @throws {StackError} ERR_STACK as {@link triageStack} @throws {ShapeError} ERR_SHAPE @throws {ModeError} ERR_MODE
 * @throws {CalibrationError} ERR_CALIBRATION when no good pixel has a signal
 * @throws {OptionError} ERR_OPTION @throws {AbortedError} ERR_ABORTED
 * @see Seibert, Boone, Lindfors, Flat-field correction technique for digital detectors, Proc. SPIE 3336 (1998)
 */
export async function buildGainMap(flats: FrameSource, options: BuildGainMapOptions): Promise<GainMapResult> {
  const { offset, offsetErrors = null, defects, combine, normalizeFlats = true } = options
  const subject = 'flats'
  assertShape('offset map', offset)
  if (defects) assertShape('defect map', defects, offset.shape)
  const bad = defects ? badPixels(defects) : undefined
  const stack = await openStack(flats, { ...options, role: 'flat', subject })
  const triage = judgeStack(stack, options)
  const summary = await summarizeStack(stack, triage, { ...options, combine, normalize: normalizeFlats, offset: offset.data, bad })
  const { shape } = summary
  return {
    ...gainFromSummary(summary, offsetErrors?.data ?? null, defects ?? null, options),
    flatSignal: { data: summary.location.map((value) => (value - value === 0 ? value : 0)), shape },
    flatNoise: summary.clippedSd && { data: summary.clippedSd, shape },
    summary,
    triage,
    warnings: [...triage.warnings, ...stackWarnings(subject, summary, triage)]
  }
}
