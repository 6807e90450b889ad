import type { CalibrationSet } from '../../maps/calibration-set.js'

/** A calibration without the maps that no correction looks at, so that they need not be kept. */
export function mapsForCorrection(calibration: CalibrationSet): CalibrationSet {
  return { ...calibration, offsetErrors: null, noise: null, gainErrors: null, flatNoise: null }
}
