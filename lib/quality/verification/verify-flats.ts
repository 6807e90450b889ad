import { createVerification } from './create-verification.js'
import type { CalibrationSet } from '../../maps/calibration-set.js'
import type { VerificationOptions } from './create-verification.js'
import type { MeasurableFrame } from '../measurable-frame.js'
import type { FlatFacts, VerificationReport } from './verification-report.js'

/** One corrected flat and what is known of it. */
export interface CorrectedFlat {
  readonly frame: MeasurableFrame
  readonly facts?: FlatFacts
}

/**
 * Verify a calibration by corrected flats that did not make it: figures per flat and over all, and warnings. One frame is held at a
 * time; a frame belongs to this function until the next one is asked for.
 * @param flats corrected flats (float32, no pedestal, DN), in order
 * @param calibration the calibration that corrected them
 * @returns a plain JSON report; figures that the data cannot give are null with their reason
 * @throws {StackError} ERR_STACK when there is no flat
 * @throws {ShapeError} ERR_SHAPE when a flat has another shape than the calibration
 * @throws {OptionError} ERR_OPTION when an option is out of range
 */
export async function verifyFlats(
  flats: Iterable<CorrectedFlat> | AsyncIterable<CorrectedFlat>,
  calibration: CalibrationSet,
  options: VerificationOptions = {}
): Promise<VerificationReport> {
  const verification = createVerification(calibration, options)
  for await (const { frame, facts } of flats) verification.add(frame, facts)
  return verification.result()
}
