import { CalibrationError } from '../errors.js'
import { BAD_PIXEL_BITS } from '../maps/defect-flags.js'
import type { CalibrationSet } from '../maps/calibration-set.js'

/** Offset and gain as scaled uint16; the fields are the arguments of `correctCompact`. */
export interface CompactMaps {
  readonly offset: Uint16Array
  readonly gain: Uint16Array
  /** Added to every offset, in 1/16 DN. */
  readonly base: number
  /** Binary places from the unit of the offsets to that of the products. */
  readonly lift: number
  /** Half a DN, and a pedestal that lies above every offset, in the unit of the products. */
  readonly round: number
  /** Binary places of the gain. */
  readonly shift: number
}

/** Steps of the offset per DN of the result. */
const STEPS = 16
const PLACES = 4
const WORD = 2 ** 32
const MOST_PLACES = 28

/**
 * Pack the maps of a panel into 4 bytes a pixel. With g' = gain rounded to `shift` binary places, the offset times g' less the pedestal
 * is stored in steps of 1/16 DN. So before it is rounded the result differs from (raw - offset) * gain by at most 1/32 DN for the
 * offset, and by at most 2^-15 of itself for the gain, for every good pixel. Pixels that are bad get what fits when `repair` is false,
 * and 0 otherwise.
 * @param pedestal DN added to the result
 * @throws {CalibrationError} ERR_CALIBRATION when that does not go into 16 bits: gains of good pixels that differ by a factor of 2 to 4
 * or more, offsets (times gain) by 4096 DN or more
 */
export function packCompactMaps(calibration: CalibrationSet, pedestal: number, repair: boolean): CompactMaps {
  const { gain, defects } = calibration
  const isGood = (i: number): boolean => (defects.data[i] & BAD_PIXEL_BITS) === 0
  const [lowest, highest] = rangeOf(gain.data.length, isGood, (i) => gain.data[i])
  let tried: Packing | null = null
  for (let shift = MOST_PLACES; shift >= PLACES && highest > 0; shift--) {
    if (Math.round(highest * 2 ** shift) > 65535) continue
    tried = packingAt(calibration, pedestal, isGood, shift)
    if (tried.fits) break
  }
  const expected = 'gains of good pixels that 16 bits hold to 2^-15 of themselves, and their offsets (times gain) within 4096 DN'
  if (!tried?.fits || lowest < 2 ** (14 - tried.shift)) {
    const range = tried ? `, offsets ${tried.least / STEPS} to ${tried.most / STEPS} DN without the pedestal` : ''
    throw new CalibrationError({ subject: 'compact maps', expected, received: `gains ${lowest} to ${highest}${range}` })
  }
  const { shift, scaled, least, lift, base, round } = tried
  const keeps = (i: number): boolean => !repair || isGood(i)
  return {
    gain: Uint16Array.from(gain.data, (value, i) => (keeps(i) ? toWord(Math.round(value * 2 ** shift)) : 0)),
    offset: Uint16Array.from(gain.data, (_, i) => (keeps(i) ? toWord(scaled(i) - least) : 0)),
    base,
    lift,
    round,
    shift
  }
}

/** Bad pixels that `correctCompact` counts as clamped, where all are 0 in both maps: all of them or none. */
export function clampedBadPixels({ base, lift, round }: CompactMaps, badPixels: number): number {
  return round < base * 2 ** lift ? badPixels : 0
}

/** What the offsets become with gains of `shift` binary places. */
interface Packing extends Omit<CompactMaps, 'offset' | 'gain'> {
  /** Offset of a pixel in the result, in steps. */
  readonly scaled: (i: number) => number
  readonly least: number
  readonly most: number
  /** All good pixels stay within 16 bits, and every product below 2^32. */
  readonly fits: boolean
}

function packingAt({ offset, gain }: CalibrationSet, pedestal: number, isGood: (i: number) => boolean, shift: number): Packing {
  const unit = 2 ** shift
  const scaled = (i: number): number => Math.round(STEPS * ((offset.data[i] * toWord(Math.round(gain.data[i] * unit))) / unit - pedestal))
  const [least, most] = rangeOf(gain.data.length, isGood, scaled)
  const [, highest] = rangeOf(gain.data.length, isGood, (i) => Math.round(gain.data[i] * unit))
  const lift = shift - PLACES
  const base = Math.max(0, least)
  const round = unit / 2 + Math.max(0, -least) * 2 ** lift
  const fits = most - least <= 65535 && (65535 + base) * 2 ** lift < WORD && 65535 * highest + round < WORD
  return { scaled, least, most, lift, base, round, shift, fits }
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
