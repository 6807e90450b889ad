import type { FrameMode } from '../lib/frame/frame-info.js'
import type { FrameSource } from '../lib/frame/frame-source.js'
import type { DefectRuleOptions, ReadoutLayout } from './defect-rules/resolve-defect-options.js'
import type { FieldOption } from './field/judge-field.js'
import type { ReferenceOptions } from './gain-from-summary.js'
import type { ColumnRanges } from './row-reference/assert-reference-columns.js'
import type { RunOptions } from './run-options.js'
import type { JudgeOptions } from './stacks/judge-stack.js'
import type { Combine } from './stacks/resolve-combine.js'
import type { SaturationOptions } from './stacks/resolve-saturation.js'

/** The stacks of a calibration. */
export interface CalibrationInput {
  /** Frames without radiation. */
  readonly darks: FrameSource
  /** Open-field frames, one source per level; the first makes the gain map, all serve the defect rules. */
  readonly flats: readonly FrameSource[]
  /**
   * Raw frames after the X-rays went off, from the first one on: lagging pixels are found from the first two. Rules on parts of
   * the irradiated signal take the exposure before for one at the level of the first flats.
   */
  readonly decay?: FrameSource
}

/** Options of `calibrate`. What was never stated stays unknown. */
export interface CalibrateOptions extends RunOptions, SaturationOptions, JudgeOptions, ReferenceOptions {
  /** Pixel pitch in mm: one figure, or [row direction, column direction]. */
  readonly pixelPitch?: number | readonly [number, number]
  readonly mode?: FrameMode
  /** Tube voltage in kV. */
  readonly kilovolts?: number
  readonly filter?: string
  /** Panel temperature in degrees Celsius. */
  readonly temperature?: number
  readonly serialNumber?: string
  readonly localName?: string
  /** @default sigma-clipped mean (kappa 4, 2 passes) from 8 frames on, median below */
  readonly combine?: Combine
  /** Bring the flats of a level to their mean output. @default true */
  readonly normalizeFlats?: boolean
  /** Take the level that a dark has as a whole out of noise and offset. @default true */
  readonly detrendDarks?: boolean
  /** Preset and single numbers of the defect rules. */
  readonly defectRules?: DefectRuleOptions
  /** How the panel is read out, where known: lines end there, and columns are compared on their own chip. @default unknown */
  readonly readout?: ReadoutLayout
  /**
   * Shielded columns, half-open ranges [from, to), at most a quarter of the panel: how much of the level that they show in a row is to
   * be taken off is fitted, per half of `readout.midline`. They are no part of the exposed field: gain 0, flag `unexposed`.
   * @default none
   */
  readonly referenceColumns?: ColumnRanges
  /**
   * `whole`: flats must cover the panel, one of which a part lies outside the field of view is refused; `of-view`: what lies outside is
   * flagged `unexposed`, has no gain and is part of no statistic. Outside is what is darker than 40 % of the field, reaches the border of
   * the panel and ends in a step; panels below 32 pixels on a side are not judged.
   * @default 'whole'
   */
  readonly field?: FieldOption
  /**
   * Find the defects once more from the even-numbered and from the odd-numbered frames alone, and count how far the two agree.
   * Takes about three times the time, and 62 bytes per pixel of each stack more. @default false
   */
  readonly splitHalf?: boolean
  /** The time of the calibration, for its provenance. @default none: unknown */
  readonly now?: Date
}
