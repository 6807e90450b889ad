import type { CalibrationSet } from '../calibration-set.js'
import type { DefectLayers } from './defect-layers.js'
import { entriesOfMap } from './entries-of-map.js'

/**
 * The layers of a calibration: its own, or, when nobody edited it yet, its defect map as the `found` layer, dated and signed by
 * the program that built it.
 */
export function layersOfCalibration(calibration: CalibrationSet): DefectLayers {
  const { shape, serialNumber, defects, layers } = calibration
  if (layers !== undefined) return layers
  return { shape, serialNumber, factory: [], found: foundEntries(calibration, defects), user: [] }
}

function foundEntries({ provenance }: CalibrationSet, defects: CalibrationSet['defects']): DefectLayers['found'] {
  const { program, version, created } = provenance
  return entriesOfMap(defects, { date: created, author: `${program} ${version}`, reason: 'found by calibration' })
}
