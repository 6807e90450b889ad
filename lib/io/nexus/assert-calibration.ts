import { CalibrationError } from '../../errors.js'
import { assertShape } from '../../frame/assert-shape.js'
import type { CalibrationSet } from '../../maps/calibration-set.js'
import { MAP_DATASETS, mapOf } from './calibration-layout.js'
import type { MapDataset } from './calibration-layout.js'
import { CORRECTION_CODECS } from './corrections/correction-codecs.js'

/**
 * Assert what holds for every calibration on disk: all maps of one shape and of their type, finite, no gain, noise or
 * sigma below 0, scalars in range.
 * @param subject file name for messages
 * @throws {ShapeError} ERR_SHAPE when a map has another shape than the offset map
 * @throws {CalibrationError} ERR_CALIBRATION
 */
export function assertCalibration(subject: string, calibration: CalibrationSet): void {
  assertShape(`${subject}: calibration`, { data: { length: calibration.shape[0] * calibration.shape[1] }, shape: calibration.shape })
  for (const dataset of MAP_DATASETS) assertMap(`${subject}: ${dataset.name}`, calibration, dataset)
  const { saturation, pixelPitch } = calibration
  assertPositive(`${subject}: reference`, calibration.gain.reference)
  if (saturation !== null) assertPositive(`${subject}: saturation value`, saturation)
  if (pixelPitch !== null) pixelPitch.forEach((pitch) => assertPositive(`${subject}: pixel pitch`, pitch))
  assertCount(`${subject}: number of darks`, calibration.darkFrames)
  assertCount(`${subject}: number of flats`, calibration.flatFrames)
  assertText(`${subject}: serial number`, calibration.serialNumber)
  assertText(`${subject}: local name`, calibration.localName)
  for (const codec of CORRECTION_CODECS) {
    const correction = calibration.corrections?.[codec.key]
    // What is written must be what can be read.
    if (correction !== undefined) codec.decode(`${subject}: ${codec.group}`, codec.encode(correction), calibration.shape)
  }
}

function assertMap(subject: string, calibration: CalibrationSet, dataset: MapDataset): void {
  const map = mapOf(calibration, dataset)
  if (map === null || map === undefined) {
    if (dataset.required) throw new CalibrationError({ subject, expected: 'a map', received: 'none' })
    return
  }
  assertShape(subject, map, calibration.shape)
  if (!(map.data instanceof (dataset.type === 'uint32' ? Uint32Array : Float32Array))) {
    throw new CalibrationError({ subject, expected: dataset.type, received: map.data.constructor.name })
  }
  if (map.data instanceof Float32Array) assertValues(subject, map.data, dataset.notNegative)
}

/** The sum of v - v is 0 for finite values only: one pass without a branch, the slow search follows where it failed. */
function assertValues(subject: string, data: Float32Array, notNegative: boolean): void {
  const length = data.length
  let zero = 0
  let lowest = 0
  for (let i = 0; i < length; i++) {
    const value = data[i]
    zero += value - value
    if (value < lowest) lowest = value
  }
  if (zero === 0 && !(notNegative && lowest < 0)) return
  const isWrong = (value: number): boolean => !Number.isFinite(value) || (notNegative && value < 0)
  const first = data.findIndex(isWrong)
  const count = data.reduce((sum, value) => sum + Number(isWrong(value)), 0)
  throw new CalibrationError({
    subject,
    expected: notNegative ? 'finite values, none below 0' : 'finite values',
    received: `${data[first]} at pixel ${first}; ${count} of ${length} are wrong`
  })
}

function assertPositive(subject: string, value: unknown): void {
  if (!(Number.isFinite(value) && (value as number) > 0)) {
    throw new CalibrationError({ subject, expected: 'a finite number above 0', received: String(value) })
  }
}

function assertCount(subject: string, value: unknown): void {
  if (!(Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 0xffffffff)) {
    throw new CalibrationError({ subject, expected: 'a whole number from 0', received: String(value) })
  }
}

/** HDF5 ends a text at the first NUL, and UTF-8 has no half surrogates: such a text would come back as another. */
function assertText(subject: string, value: unknown): void {
  if (value === null) return
  if (typeof value !== 'string' || value.includes('\0') || /\p{Surrogate}/u.test(value)) {
    throw new CalibrationError({ subject, expected: 'text of whole characters without NUL, or null', received: JSON.stringify(value) })
  }
}
