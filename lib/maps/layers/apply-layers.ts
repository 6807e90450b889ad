import { CalibrationError } from '../../errors.js'
import type { CalibrationSet } from '../calibration-set.js'
import { countDefects } from '../count-defects.js'
import { BAD_PIXEL_BITS, DEFECT_FLAGS } from '../defect-flags.js'
import { completeDefects } from './complete-defects.js'
import type { DefectLayers } from './defect-layers.js'
import { resolveLayers } from './resolve-layers.js'

/** A calibration under new layers. */
export interface AppliedLayers {
  readonly calibration: CalibrationSet
  /** Pixels that the layers call good but that have no gain: they stay bad (`dead`). Indices, row-major. */
  readonly withoutGain: readonly number[]
}

/**
 * Give a calibration other layers: its defect map becomes what they add up to, completed by what follows from where the bad pixels
 * stand, and its counts follow. Maps of offset and gain are untouched.
 * @param calibration is not changed
 * @param layers of the same panel
 * @throws {CalibrationError} ERR_CALIBRATION when shape or serial number differ, or no pixel is good
 */
export function applyLayers(calibration: CalibrationSet, layers: DefectLayers): AppliedLayers {
  assertSamePanel(calibration, layers)
  const defects = resolveLayers(layers)
  const { data } = defects
  const gain = calibration.gain.data
  const withoutGain: number[] = []
  for (let i = 0; i < data.length; i++) {
    if (gain[i] !== 0 || (data[i] & BAD_PIXEL_BITS) !== 0) continue
    data[i] |= DEFECT_FLAGS.dead
    withoutGain.push(i)
  }
  completeDefects(defects)
  const provenance = { ...calibration.provenance, defectCounts: countDefects(defects) }
  return { calibration: { ...calibration, defects, layers, provenance }, withoutGain }
}

/** A serial number that is not known equals nothing, and contradicts nothing. */
function assertSamePanel({ shape, serialNumber }: CalibrationSet, layers: DefectLayers): void {
  if (layers.shape[0] !== shape[0] || layers.shape[1] !== shape[1]) {
    throw new CalibrationError({
      subject: 'defect layers',
      expected: `a panel of [${shape.join(', ')}]`,
      received: `[${layers.shape.join(', ')}]`
    })
  }
  if (serialNumber !== null && layers.serialNumber !== null && serialNumber !== layers.serialNumber) {
    throw new CalibrationError({
      subject: 'defect layers',
      expected: `those of panel ${serialNumber}`,
      received: `those of panel ${layers.serialNumber}`
    })
  }
}
