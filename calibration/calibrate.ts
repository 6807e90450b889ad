import type { CalibrationSet } from '../lib/maps/calibration-set.js'
import { buildCalibration } from './build-calibration.js'
import type { CalibrateOptions, CalibrationInput } from './calibrate-options.js'
import { StackStore } from './stacks/stack-store.js'

/**
 * Build a calibration from darks and flats: offset, provisional gain (median of all pixels), defects, then frame outputs
 * and gain once more over the good pixels. Everything that went in stands in the provenance.
 * @param input darks, and flats of one or more levels
 * @returns plain, structured-cloneable data; every map is finite, and a pixel with gain 0 is flagged
 * @throws {StackError} ERR_STACK when a stack is empty, spent or unusable; see {@link triageStack}. Also when the flats do not
 *   cover the panel (option `field`), light reaches the shielded columns, or too few of their pixels are good
 * @throws {ShapeError} ERR_SHAPE when shapes differ
 * @throws {ModeError} ERR_MODE when modes differ, among the frames or from what was stated
 * @throws {CalibrationError} ERR_CALIBRATION when no good pixel is left
 * @throws {OptionError} ERR_OPTION
 * @throws {AbortedError} ERR_ABORTED
 * @see Seibert, Boone, Lindfors (1998) for the gain; ASTM E2597/E2597M-14 for the defect classes
 */
export async function calibrate(input: CalibrationInput, options: CalibrateOptions = {}): Promise<CalibrationSet> {
  return buildCalibration(input, options, new StackStore())
}
