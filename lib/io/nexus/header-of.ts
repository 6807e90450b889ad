import type { CalibrationSet } from '../../maps/calibration-set.js'
import type { CalibrationHeader } from './calibration-header.js'
import { CALIBRATION_SCHEMA } from './calibration-layout.js'
import { requiredSteps } from './required-steps.js'

/** What the header says of a calibration. */
export function headerOf(
  calibration: CalibrationSet,
  { checksums, hdf5, maps }: Pick<CalibrationHeader, 'checksums' | 'hdf5' | 'maps'>
): CalibrationHeader {
  const { shape, serialNumber, localName, gain, saturation, pixelPitch, darkFrames, flatFrames, provenance } = calibration
  return {
    schema: CALIBRATION_SCHEMA,
    requiredSteps: requiredSteps(calibration),
    shape,
    serialNumber,
    localName,
    reference: gain.reference,
    saturation,
    pixelPitch,
    darkFrames,
    flatFrames,
    provenance,
    checksums,
    hdf5,
    maps
  }
}
