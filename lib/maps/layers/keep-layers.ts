import type { CalibrationSet } from '../calibration-set.js'
import { applyLayers } from './apply-layers.js'
import type { AppliedLayers } from './apply-layers.js'
import type { DefectLayers } from './defect-layers.js'
import { layersOfCalibration } from './layers-of-calibration.js'

/**
 * Keep the factory and user layers of before under a new calibration, whose own finds become the `found` layer.
 * @param calibration new, not edited yet; is not changed
 * @param before layers of the same panel
 * @throws {CalibrationError} ERR_CALIBRATION when shape or serial number differ, or no pixel is good
 */
export function keepLayers(calibration: CalibrationSet, before: DefectLayers): AppliedLayers {
  const { found } = layersOfCalibration(calibration)
  const serialNumber = before.serialNumber ?? calibration.serialNumber
  return applyLayers(calibration, { ...before, serialNumber, found })
}
