import type { Corrector } from '../correction/corrector.js'
import type { RawFrame } from '../frame/raw-frame.js'
import type { CalibrationSet } from '../maps/calibration-set.js'
import { BAD_PIXEL_BITS } from '../maps/defect-flags.js'

/**
 * Correct a frame that is to be measured, and leave out of it what does not count: bad pixels are the defect map's to name, and good
 * pixels that were not finite in this frame were replaced like them, so they are NaN. Everything that measures corrected frames of a scan
 * does it here, so that all of it counts the same pixels.
 * @param out receives the corrected frame, DN
 */
export function correctToMeasure(
  corrector: Corrector<Float32Array>,
  { defects }: Pick<CalibrationSet, 'defects'>,
  frame: RawFrame,
  out: { readonly data: Float32Array; readonly shape: RawFrame['shape'] }
): void {
  corrector.correct(frame, { out })
  if (corrector.last.nonFinite === 0) return
  for (const pixel of corrector.repairs.pixels) if ((defects.data[pixel] & BAD_PIXEL_BITS) === 0) out.data[pixel] = NaN
}
