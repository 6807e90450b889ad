import { ModeError } from '../errors.js'
import type { FrameInfo, FrameMode } from '../frame/frame-info.js'
import type { CalibrationSet } from '../maps/calibration-set.js'

const FIELDS: readonly (keyof FrameMode)[] = ['binning', 'gainRange', 'integrationTime', 'frameRate', 'readoutRegion']

/**
 * Assert that frames were taken in the mode, and by the panel, of a calibration. What either side does not state is
 * compared with nothing.
 * @throws {ModeError} ERR_MODE
 */
export function assertSameMode(subject: string, info: Pick<FrameInfo, 'mode' | 'serialNumber'>, calibration: CalibrationSet): void {
  // Once per frame: names are put together only where they are needed.
  for (let k = 0; k < FIELDS.length; k++) {
    const expected = calibration.provenance.mode[FIELDS[k]]
    const received = info.mode?.[FIELDS[k]]
    if (differs(expected, received)) throw modeError(`${subject}, ${FIELDS[k]}`, expected, received)
  }
  if (differs(calibration.serialNumber, info.serialNumber)) {
    throw modeError(`${subject}, serial number`, calibration.serialNumber, info.serialNumber)
  }
}

function differs(expected: string | number | null | undefined, received: string | number | undefined): boolean {
  return expected !== null && expected !== undefined && received !== undefined && expected !== received
}

function modeError(subject: string, expected: unknown, received: unknown): ModeError {
  return new ModeError({ subject, expected: `${expected} as in the calibration`, received: String(received) })
}

/**
 * Assert that nobody has corrected this frame already.
 * @throws {ModeError} ERR_MODE
 */
export function assertUncorrected(subject: string, info: FrameInfo): void {
  if (!info.corrections || info.corrections.length === 0) return
  throw new ModeError({ subject, expected: 'a frame as it was read out', received: `one corrected for ${info.corrections.join(', ')}` })
}
