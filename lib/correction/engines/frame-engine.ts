import type { KernelPixels } from '../../frame/pixel-data.js'
import type { CalibrationSet } from '../../maps/calibration-set.js'
import type { DefectPlan } from '../../maps/defect-plan.js'
import type { Program } from '../program/compile-program.js'
import type { CorrectedPixels, CorrectorOptions } from '../corrector.js'

/** What the loops of a frame count. Overwritten by every frame. */
export interface FrameTally {
  /** Good pixels whose raw value is saturated; null: no level is known. */
  saturated: number | null
  /** Pixels beyond 0..65535 after rounding and repair. */
  clamped: number
}

/** The loops that a corrector runs over every frame, with one kind of kernels; chosen once, when the corrector is made. */
export interface FrameEngine {
  readonly kernels: 'simd' | 'typescript'
  readonly options: EngineOptions
  readonly tally: FrameTally
  /**
   * Take these maps from the next frame on.
   * @returns false when there is no memory for them, or no kernel for a step: the engine is then as before
   * @throws {CalibrationError} ERR_CALIBRATION when they do not fit into compact maps
   */
  use(calibration: CalibrationSet, plan: DefectPlan, program: Program): boolean
  /** The steps of the program up to the planned repairs, with what they have prepared. */
  correctToFloat(raw: KernelPixels, out: Float32Array): void
  /** A plain program, quantised in one pass. */
  correctToInteger(raw: Uint16Array, out: Uint16Array): void
  /** Quantise what `correctToFloat` left. */
  quantise(values: Float32Array, out: Uint16Array): void
  /** Pixels in memory that the loops reach without a copy, where there is such; `side` says what they are for. */
  allocate(type: 'uint16' | 'float32', side: 'input' | 'output'): CorrectedPixels
  /** True when these pixels overlap maps or scratch of the engine. */
  isInternal(pixels: ArrayBufferView): boolean
}

/** What an engine must know from the start. */
export type EngineOptions = Required<Pick<CorrectorOptions, 'repair' | 'pedestal' | 'maps'>> & { readonly count: number }
