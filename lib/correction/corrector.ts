import type { NdArray } from 'ndarray'
import type { CorrectedFrame } from '../frame/corrected-frame.js'
import type { FrameMode } from '../frame/frame-info.js'
import type { PixelData } from '../frame/pixel-data.js'
import type { RawFrame } from '../frame/raw-frame.js'
import type { Shape } from '../frame/shape.js'
import type { CalibrationSet } from '../maps/calibration-set.js'
import type { DefectPlan } from '../maps/defect-plan.js'
import type { PixelRepairs } from '../maps/pixel-repairs.js'
import type { BeamOptions } from './resolve-beam.js'

/** Pixels of a corrected frame. */
export type CorrectedPixels = Float32Array | Uint16Array

/** Options of `createCorrector`. */
export interface CorrectorOptions {
  /**
   * Type of the corrected frames. `uint16` is rounded half to even and clamped to 0..65535, always last.
   * @default 'float32'
   */
  output?: 'float32' | 'uint16'
  /**
   * DN added before quantising, so that negative values survive; `uint16` only. 0 to 65535.
   * @default 0
   */
  pedestal?: number
  /**
   * Replace bad pixels, and pixels that are not finite in one frame.
   * @default true
   */
  repair?: boolean
  /**
   * Mode of all frames that will come, for frames that carry none themselves; compared with the calibration once.
   * @default {} (nothing stated)
   */
  mode?: FrameMode
  /**
   * How the maps are kept for `uint16` frames. `compact`: as scaled uint16, 8 bytes of traffic per pixel instead of 12; before rounding
   * the result differs by at most 1/32 DN for the offset, 2^-14 DN for products, and 2^-15 of itself for the gain. For uint16 raw frames;
   * repairs, other raw types and any further step use the float32 maps.
   * @default 'float32'
   */
  maps?: 'float32' | 'compact'
  /**
   * Bring every frame to the same level of the beam, which is measured where only air is.
   * @default undefined (the beam is as it was)
   */
  beam?: BeamOptions
  /**
   * Loops that correct: SIMD in WebAssembly, or TypeScript; both give the same bits. `auto`: SIMD where it can be had.
   * @default 'auto'
   */
  kernels?: 'auto' | 'simd' | 'typescript'
  /**
   * Correct frames that state another mode or serial number than the calibration.
   * @default false
   */
  allowModeMismatch?: boolean
  /**
   * Correct frames that state that they were corrected already; what was done twice is the caller's to know.
   * @default false
   */
  allowCorrected?: boolean
}

/** Options of `Corrector.correct`. */
export interface CorrectOptions<O> {
  /**
   * Where the corrected frame goes: a typed array, `{ data, shape }` or a row-major ndarray of the output type. It must
   * not share memory with the raw frame or the maps. With it, no frame is allocated.
   * @default a new one, in the form of the raw frame
   */
  out?: O
}

/** What was done to a frame. */
export interface CorrectionFacts {
  /** Generation of the calibration that was applied; 0 before the first frame. */
  generation: number
  /** Steps applied, in order. */
  steps: readonly CorrectionStep[]
  /** Good pixels whose RAW value was at or above the saturation of the calibration; null when that is unknown. */
  saturated: number | null
  /** Pixels outside 0..65535 after rounding; 0 for float32. */
  clamped: number
  /** Good pixels whose value was not finite in this frame. */
  nonFinite: number
  /** Pixels replaced with trust, those of `nonFinite` included. */
  repaired: number
  /** Pixels that are bad still: filled for display only, or all bad ones when repair is off. */
  unrepaired: number
  /** What every pixel was multiplied with for the beam of this frame; null: that step did not run. */
  beamFactor: number | null
  /** One sigma of it. */
  beamError: number | null
  /** Standard deviation over the rows of what the row reference took off, DN; null: that step did not run. */
  rowShiftSd: number | null
}

/** One step of the correction. */
export type CorrectionStep = 'rowReference' | 'offset' | 'gain' | 'beam' | 'defects' | 'quantise'

/** Corrects the frames of one panel, one after the other. */
export interface Corrector<T extends CorrectedPixels = CorrectedPixels> {
  /** Shape of raw and corrected frames, [rows, cols]. */
  readonly shape: Shape
  /** The loops in use. */
  readonly kernels: 'simd' | 'typescript'
  /** 1 for the first calibration, one more after each `setCalibration`. */
  readonly generation: number
  /** How bad pixels are replaced. */
  readonly plan: DefectPlan
  /** Facts of the last frame: one object, overwritten by every frame; copy what you keep. */
  readonly last: Readonly<CorrectionFacts>
  /**
   * The pixels of the last frame that were replaced, with the variance factor of each: those of the plan, and in a damaged
   * frame those that were not finite. Empty when repair is off, and before the first frame. As many are trusted as `last.repaired` says.
   * Shared between frames, not to be written to.
   */
  readonly repairs: PixelRepairs

  /**
   * Correct one raw frame: (raw - offset) * gain, with the row reference of the calibration before it and the beam factor behind it
   * where there are such, then bad pixels from the plan, then quantising if asked for.
   * An ndarray gives an ndarray, `{ data, shape }` the same, a plain typed array of rows * cols values a typed array. The
   * raw buffer is never written to. Values that are not finite are repaired in this frame only. The steps are as in
   * `CorrectionFacts.steps`; negative values are kept.
   * @param raw DN, any real type of 8 to 64 bits; u32, i32 and f64 only with values that float32 holds exactly
   * @throws {ShapeError} ERR_SHAPE when raw or `out` has another shape or length
   * @throws {ModeError} ERR_MODE when it states another mode or serial number, was corrected already, or something lies in the beam regions
   * @throws {FormatError} ERR_FORMAT when a value has no exact float32
   * @throws {OptionError} ERR_OPTION when `out` has the wrong type, or shares memory with the raw frame or the maps
   */
  correct<O extends FrameOutput<T>>(raw: FrameInput, options: { out: O }): O
  correct(raw: PixelData, options?: CorrectOptions<T>): T
  correct(raw: NdArray<PixelData>, options?: CorrectOptions<NdArray<T>>): NdArray<T>
  correct(raw: RawFrame, options?: CorrectOptions<CorrectedFrame & { readonly data: T }>): CorrectedFrame & { readonly data: T }
  correct(raw: FrameInput, options?: CorrectOptions<FrameOutput<T>>): FrameOutput<T>

  /**
   * A raw frame in the memory of the corrector, rows * cols values: read or copy frames into it and they are corrected without a copy.
   * It lives as long as the corrector; make one, or a ring, and use it again. Its buffer is a SharedArrayBuffer where SIMD serves.
   */
  allocRaw(): Uint16Array
  /** A corrected frame in the memory of the corrector, for `out`; as `allocRaw`. */
  allocOutput(): T

  /**
   * Use another calibration of the same shape from the next frame on. The defect plan is kept where the bad pixels are
   * the same, so that an updated offset map costs no planning.
   * @throws {ShapeError} ERR_SHAPE, {CalibrationError} ERR_CALIBRATION (also when memory for a larger plan cannot be had),
   * {ModeError} ERR_MODE: the old one then stays
   */
  setCalibration(next: CalibrationSet): void
}

/** The forms that a raw frame may have. */
export type FrameInput = PixelData | RawFrame | NdArray<PixelData>

/** The forms that a corrected frame may have. */
export type FrameOutput<T extends CorrectedPixels = CorrectedPixels> = T | (CorrectedFrame & { readonly data: T }) | NdArray<T>
