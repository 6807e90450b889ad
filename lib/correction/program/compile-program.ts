import type { KernelPixels } from '../../frame/pixel-data.js'
import type { Shape } from '../../frame/shape.js'
import { loadF32ToF32 } from '../../kernels/frame/load-f32-to-f32.js'
import { loadU16ToF32 } from '../../kernels/frame/load-u16-to-f32.js'
import { multiplyMap } from '../../kernels/frame/steps/multiply-map.js'
import type { StepKernel } from '../../kernels/frame/steps/step-kernels.js'
import type { StepOperand } from '../../kernels/frame/steps/step-operand.js'
import { subtractMap } from '../../kernels/frame/steps/subtract-map.js'
import type { CalibrationSet } from '../../maps/calibration-set.js'
import type { CorrectionFacts, CorrectionStep, CorrectorOptions } from '../corrector.js'
import type { MeasuredFrame, PlannedStep, Step } from './step.js'

/** A step whose kernel is run on every strip. */
export interface StripStep {
  readonly step: Step
  readonly kernel: StepKernel
  readonly operand: StepOperand
  readonly planned: PlannedStep
}

/** What is done with every frame, compiled from a calibration and options. */
export interface Program {
  /** Names of the steps, in order. */
  readonly names: readonly CorrectionStep[]
  /** Every step that is applied to strips, in order. */
  readonly steps: readonly StripStep[]
  /** Offset and gain come first: raw values are loaded, less the offset, times the gain, by one fused loop. */
  readonly isFused: boolean
  /** Those that come after loading: all, or what follows offset and gain. */
  readonly rest: readonly StripStep[]
  /** Nothing but offset and gain: the fused loops, which know repair and quantising as well, do a frame in one pass. */
  readonly isPlain: boolean
  /** Frames must come in order. */
  readonly keepsState: boolean
  /** Measure what the steps need of a frame; see `PlannedStep.prepare`. */
  prepare(raw: KernelPixels, subject: string, facts: CorrectionFacts): void
}

const NONE = new Float32Array(0)

/**
 * Compile what is to be done with every frame.
 * @param steps all that there are, in the order in which they are applied
 * @param before the program in use: steps that both have keep what they know
 * @throws as `Step.plan`
 */
export function compileProgram(
  steps: readonly Step[],
  calibration: CalibrationSet,
  options: CorrectorOptions,
  before: Program | null
): Program {
  const { shape } = calibration.offset
  const names: CorrectionStep[] = []
  const inStrips: StripStep[] = []
  for (const step of steps) {
    const known = before?.steps.find((other) => other.step === step) ?? null
    const planned = step.plan(calibration, options, known?.planned ?? null)
    if (planned === null) continue
    names.push(step.name)
    if (planned.kernel) inStrips.push({ step, kernel: planned.kernel, planned, operand: operandOf(planned, shape, known) })
  }
  const isFused = isOffset(inStrips[0], calibration) && isGain(inStrips[1], calibration)
  return {
    names: Object.freeze(names),
    steps: inStrips,
    isFused,
    rest: isFused ? inStrips.slice(2) : inStrips,
    isPlain: isFused && inStrips.length === 2,
    keepsState: inStrips.some(({ planned }) => planned.keepsState),
    prepare: (raw, subject, facts) => prepareSteps(inStrips, { shape, raw, subject, facts })
  }
}

function operandOf({ map = NONE, takesRows, keepsState }: PlannedStep, [rows, cols]: Shape, known: StripStep | null): StepOperand {
  const state = keepsState ? (known?.operand.state ?? new Float32Array(rows * cols)) : NONE
  return { map, state, rows: takesRows ? new Float32Array(rows) : NONE, scalar: 0, cols }
}

function isOffset({ kernel, operand }: StripStep, { offset }: CalibrationSet): boolean {
  return kernel === subtractMap && operand.map === offset.data
}

function isGain({ kernel, operand }: StripStep, { gain }: CalibrationSet): boolean {
  return kernel === multiplyMap && operand.map === gain.data
}

function prepareSteps(steps: readonly StripStep[], frame: Omit<MeasuredFrame, 'read'>): void {
  const { raw } = frame
  for (let k = 0; k < steps.length; k++) {
    const { planned, operand } = steps[k]
    if (!planned.prepare) continue
    const read = (first: number, count: number, into: Float32Array): void => {
      loadValues(raw, into, 0, count, first, raw instanceof Uint16Array ? 65536 : Infinity)
      // a step that keeps something must see each pixel once, and does so later
      for (let j = 0; j < k; j++) if (!steps[j].planned.keepsState) steps[j].kernel(into, 0, count, first, steps[j].operand)
    }
    planned.prepare({ ...frame, read }, operand)
  }
}

/** Load raw values of either type; as `loadU16ToF32`. */
export function loadValues(raw: KernelPixels, values: Float32Array, at: number, count: number, first: number, saturation: number): number {
  return raw instanceof Uint16Array
    ? loadU16ToF32(raw, values, at, count, first, saturation)
    : loadF32ToF32(raw, values, at, count, first, saturation)
}
