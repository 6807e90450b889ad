import type { CalibrationSet } from '../../maps/calibration-set.js'
import type { DefectLayers } from '../../maps/layers/defect-layers.js'
import { keepLayers } from '../../maps/layers/keep-layers.js'

/**
 * Put the factory and user layers of before under a new calibration; from where, and what came of it, stands in its provenance.
 * @param file where the layers were read from
 */
export function keepDefects(calibration: CalibrationSet, file: string, before: DefectLayers): CalibrationSet {
  const { calibration: kept, withoutGain } = keepLayers(calibration, before)
  const { factory, user } = before
  const warnings = [...kept.provenance.warnings]
  if (withoutGain.length > 0) warnings.push(`${withoutGain.length} pixels that the user calls good have no gain and stay bad`)
  const keptDefects = { file, factoryEntries: factory.length, userEntries: user.length }
  return { ...kept, provenance: { ...kept.provenance, warnings, keptDefects } }
}
