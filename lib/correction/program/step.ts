import type { KernelPixels } from '../../frame/pixel-data.js'
import type { Shape } from '../../frame/shape.js'
import type { StepKernel } from '../../kernels/frame/steps/step-kernels.js'
import type { StepOperand } from '../../kernels/frame/steps/step-operand.js'
import type { CalibrationSet } from '../../maps/calibration-set.js'
import type { CorrectionFacts, CorrectionStep, CorrectorOptions } from '../corrector.js'

/** A step of the correction: one file of `steps/`, which says all that is known of it, and its line in `correction-steps.ts`. */
export interface Step {
  /** What it is called in `last.steps`. */
  readonly name: CorrectionStep
  /**
   * What is to be done with this calibration and these options; null: nothing.
   * @param before what the step was with the calibration before, for what it has learnt
   * @throws {CalibrationError} ERR_CALIBRATION when the calibration does not hold what it needs, or what it holds is wrong
   * @throws {OptionError} ERR_OPTION, {ShapeError} ERR_SHAPE
   */
  plan(calibration: CalibrationSet, options: CorrectorOptions, before: PlannedStep | null): PlannedStep | null
}

/** A step with its numbers. */
export interface PlannedStep {
  /** Works on the values of a strip; null: on the whole frame, when all its pixels have gone through the steps before (repair, type). */
  readonly kernel: StepKernel | null
  /** One value per pixel for the kernel. */
  readonly map?: Float32Array
  /** The kernel takes a value per row that `prepare` measures. */
  readonly takesRows?: boolean
  /**
   * The kernel keeps a value per pixel from frame to frame, 0 before the first: frames must come in order, and a frame that is dropped
   * is passed by.
   */
  readonly keepsState?: boolean
  /**
   * Measure what the kernel takes of this frame, before any of it is corrected, and note the facts.
   * @throws {ModeError} ERR_MODE when the frame does not allow it
   */
  prepare?(frame: MeasuredFrame, operand: StepOperand): void
}

/** A raw frame, for what a step measures of it. */
export interface MeasuredFrame {
  readonly shape: Shape
  readonly raw: KernelPixels
  /** What it is called in messages. */
  readonly subject: string
  readonly facts: CorrectionFacts
  /** Write what `count` pixels from `first` on are after the steps that come before this one. */
  read(first: number, count: number, into: Float32Array): void
}
