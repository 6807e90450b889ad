import { CalibrationError } from '../errors.js'
import { assertShape } from '../frame/assert-shape.js'
import type { Shape } from '../frame/shape.js'
import type { Corrections } from '../maps/corrections/corrections.js'
import type { CalibrationSet } from '../maps/calibration-set.js'

/** The corrections that this version applies; see `Corrections`. */
const KNOWN: readonly string[] = ['rowReference'] satisfies (keyof Corrections)[]

/**
 * Assert that a calibration can correct frames: maps of one shape, float32, finite at every pixel, and so is what they
 * make of a uint16 frame.
 * @param shape shape that it must have; any when left out
 * @throws {ShapeError} ERR_SHAPE when shapes differ
 * @throws {CalibrationError} ERR_CALIBRATION when a map is of another type or holds a value that is not finite
 */
export function assertCalibration(calibration: CalibrationSet, shape?: Shape): void {
  const { offset, gain, defects, saturation, corrections = {} } = calibration
  assertShape('offset map', offset, shape)
  assertShape('gain map', gain, offset.shape)
  assertShape('defect map', defects, offset.shape)
  assertType('offset map', 'a Float32Array', offset.data instanceof Float32Array, offset.data)
  assertType('gain map', 'a Float32Array', gain.data instanceof Float32Array, gain.data)
  assertType('defect map', 'a Uint32Array', defects.data instanceof Uint32Array, defects.data)
  for (const name of Object.keys(corrections)) {
    // never skipped: what somebody found necessary to correct is in every frame
    if (!KNOWN.includes(name))
      throw new CalibrationError({ subject: 'corrections', expected: `no others than ${KNOWN.join(', ')}`, received: name })
  }
  assertFinite('offset map', offset.data)
  assertFinite('gain map', gain.data)
  assertNoOverflow(offset.data, gain.data)
  if (saturation !== null && !Number.isFinite(saturation)) {
    throw new CalibrationError({ subject: 'saturation', expected: 'a finite number of DN, or null', received: String(saturation) })
  }
}

function assertType(subject: string, expected: string, holds: boolean, received: unknown): void {
  if (!holds) throw new CalibrationError({ subject, expected, received: Object.prototype.toString.call(received) })
}

function assertFinite(subject: string, data: Float32Array): void {
  for (let i = 0; i < data.length; i++) {
    const value = data[i]
    if (value - value !== 0) {
      throw new CalibrationError({ subject, expected: 'finite values', received: `${value} at pixel ${i}` })
    }
  }
}

/** A uint16 frame is then finite after correction, and the loops need not look. */
function assertNoOverflow(offset: Float32Array, gain: Float32Array): void {
  for (let i = 0; i < offset.length; i++) {
    const lowest = Math.fround(Math.fround(-offset[i]) * gain[i])
    const highest = Math.fround(Math.fround(65535 - offset[i]) * gain[i])
    if (lowest - lowest === 0 && highest - highest === 0) continue
    const received = `offset ${offset[i]} and gain ${gain[i]} at pixel ${i}`
    throw new CalibrationError({ subject: 'offset and gain map', expected: 'values that keep uint16 frames finite', received })
  }
}
