import type { CalibrationSet } from '../../maps/calibration-set.js'
import { CORRECTION_CODECS } from './corrections/correction-codecs.js'

/** Names of the steps that must be applied beside offset, gain and repair when a frame is corrected with this calibration. */
export function requiredSteps({ corrections = {} }: Pick<CalibrationSet, 'corrections'>): string[] {
  return CORRECTION_CODECS.flatMap(({ key, step }) => (step !== null && corrections[key] !== undefined ? [step] : []))
}
