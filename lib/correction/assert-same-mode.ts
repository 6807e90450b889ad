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
  for (const field of FIELDS) refuse(`${subject}, ${field}`, calibration.provenance.mode[field], info.mode?.[field])
  refuse(`${subject}, serial number`, calibration.serialNumber, info.serialNumber)
}

function refuse(subject: string, expected: string | number | null | undefined, received: string | number | undefined): void {
  if (expected === null || expected === undefined || received === undefined || expected === received) return
  throw new ModeError({ subject, expected: `${expected} as in the calibration`, received: String(received) })
}

/**
 * Assert that nobody has corrected this frame already.
 * @throws {ModeError} ERR_MODE
 */
export function assertUncorrected(subject: string, info: FrameInfo): void {
  if (!info.corrections || info.corrections.length === 0) return
  throw new ModeError({ subject, expected: 'a frame as it was read out', received: `one corrected for ${info.corrections.join(', ')}` })
}
