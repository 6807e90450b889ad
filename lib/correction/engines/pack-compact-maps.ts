import { CalibrationError } from '../../errors.js'
import { BAD_PIXEL_BITS } from '../../maps/defect-flags.js'
import type { CalibrationSet } from '../../maps/calibration-set.js'

/** Offset and gain as scaled uint16; the fields are the arguments of `correctCompact`. */
export interface CompactMaps {
  readonly offset: Uint16Array
  readonly gain: Uint16Array
  /** Added to every offset, in 2^-14 DN. */
  readonly base: number
}

/** One in the units of the gain, of half its product with a value, and of the offset. */
const GAIN_ONE = 2 ** 15
const HALF_ONE = 2 ** 14
const OFFSET_ONE = 2 ** 4
const LIMIT = 2 ** 31

/**
 * Pack the maps of a panel into 4 bytes a pixel. With g' = gain rounded to 2^-15, the offset times g' less the pedestal is stored in steps
 * of 1/16 DN. So before it is rounded the result differs from (raw - offset) * gain by at most 1/32 DN for the offset, 2^-14 DN for the
 * rounding of products, and 2^-15 of itself for the gain, for every good pixel. Bad pixels get what fits when `repair` is false, and 0
 * otherwise.
 * @param pedestal DN added to the result
 * @throws {CalibrationError} ERR_CALIBRATION when that does not go into 16 bits: gains of good pixels below 0.5 or not below 2, or
 * offsets (times gain) of good pixels that differ by 4096 DN or more
 */
export function packCompactMaps({ offset, gain, defects }: CalibrationSet, pedestal: number, repair: boolean): CompactMaps {
  const isGood = (i: number): boolean => (defects.data[i] & BAD_PIXEL_BITS) === 0
  const count = gain.data.length
  // plain loops: `from` takes a second for each of these on a large panel
  const gains = new Uint16Array(count)
  for (let i = 0; i < count; i++) gains[i] = toWord(Math.round(gain.data[i] * GAIN_ONE))
  const scaled = (i: number): number => Math.round(OFFSET_ONE * ((offset.data[i] * gains[i]) / GAIN_ONE - pedestal))
  const [lowest, highest] = rangeOf(count, isGood, (i) => gain.data[i])
  const [least, most] = rangeOf(count, isGood, scaled)
  // less half a DN, so that rounding down rounds to the nearest
  const base = least * (HALF_ONE / OFFSET_ONE) - HALF_ONE / 2
  const spansFit = most - least <= 65535 && highest * GAIN_ONE < 65535.5 && lowest >= 0.5
  if (!spansFit || 65535 * highest * HALF_ONE - base >= LIMIT || 65535 * (HALF_ONE / OFFSET_ONE) + base >= LIMIT) {
    const [from, to] = rangeOf(count, isGood, (i) => offset.data[i] * gain.data[i])
    throw new CalibrationError({
      subject: 'compact maps',
      expected: 'gains of good pixels from 0.5 to below 2, and their offsets (times gain) within 4096 DN',
      received: `gains ${lowest} to ${highest}, offsets ${from} to ${to} DN, pedestal ${pedestal} DN`
    })
  }
  const offsets = new Uint16Array(count)
  for (let i = 0; i < count; i++) offsets[i] = toWord(scaled(i) - least)
  if (repair) {
    for (let i = 0; i < count; i++) if (!isGood(i)) offsets[i] = gains[i] = 0
  }
  return { offset: offsets, gain: gains, base }
}

/** Bad pixels that `correctCompact` counts as clamped, where all are 0 in both maps: all of them or none. */
export function clampedBadPixels({ base }: CompactMaps, badPixels: number): number {
  return (-base >> 14) >>> 16 === 0 ? 0 : badPixels
}

function rangeOf(count: number, takesPart: (i: number) => boolean, valueAt: (i: number) => number): [number, number] {
  let least = Infinity
  let most = -Infinity
  for (let i = 0; i < count; i++) {
    if (!takesPart(i)) continue
    const value = valueAt(i)
    if (value < least) least = value
    if (value > most) most = value
  }
  return [least, most]
}

function toWord(value: number): number {
  return Math.min(65535, Math.max(0, value))
}
