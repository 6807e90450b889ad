import { FrameCorrector } from './frame-corrector.js'
import type { CalibrationSet } from '../maps/calibration-set.js'
import type { Corrector, CorrectorOptions } from './corrector.js'

/**
 * Make a corrector for the frames of one panel: validates the maps and plans the repair once, then corrects frame after
 * frame as (raw - offset) * gain with bad pixels replaced. One per stream of frames.
 * Each value has the bits of fround(fround(raw - offset) * gain); negative values are kept; saturation is judged on raw.
 * @param calibration maps of one panel in one mode; not copied where TypeScript serves: do not write to them
 * @throws {CalibrationError} ERR_CALIBRATION when a map is not finite everywhere, no pixel is good, or compact maps cannot hold it
 * @throws {ShapeError} ERR_SHAPE when the maps differ in shape
 * @throws {ModeError} ERR_MODE when `mode` contradicts the calibration
 * @throws {OptionError} ERR_OPTION, also for `kernels: 'simd'` where there is no WebAssembly with SIMD
 * @see J. A. Seibert, J. M. Boone, K. K. Lindfors, Proc. SPIE 3336, 1998 (flat-field correction); ASTM E2597 (bad pixels)
 */
export function createCorrector(calibration: CalibrationSet, options?: CorrectorOptions & { output?: 'float32' }): Corrector<Float32Array>
export function createCorrector(calibration: CalibrationSet, options: CorrectorOptions & { output: 'uint16' }): Corrector<Uint16Array>
export function createCorrector(calibration: CalibrationSet, options?: CorrectorOptions): Corrector
export function createCorrector(calibration: CalibrationSet, options: CorrectorOptions = {}): Corrector {
  return new FrameCorrector(calibration, options)
}
