export { parseCalibration } from '../parse-calibration.js'
export type { ParseCalibrationOptions } from '../parse-calibration.js'
export { parseFrames } from '../parse-frames.js'
