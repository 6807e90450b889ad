import { OptionError } from '../../lib/errors.js'
import type { PixelType } from '../../lib/frame/pixel-data.js'

/** What is known of full scale. */
export interface SaturationOptions {
  /** Raw DN from which a pixel counts as saturated. */
  readonly saturation?: number
  /** Bits of the converter, 1 to 32: saturation is 2^bits - 1. */
  readonly bits?: number
}

/** Full scale as used; `stated` tells whether the caller said it. */
export interface Saturation {
  /** Raw DN; null: unknown (float frames without a statement). */
  readonly level: number | null
  readonly stated: boolean
}

const TYPE_MAXIMUM: Partial<Record<PixelType, number>> = {
  u8: 0xff,
  u16: 0xffff,
  u32: 0xffffffff,
  i8: 0x7f,
  i16: 0x7fff,
  i32: 0x7fffffff
}

/**
 * Find full scale: as stated, by level or by bits; otherwise the largest value of an integer pixel type.
 * @throws {OptionError} ERR_OPTION when a figure is out of range, or level and bits contradict each other
 */
export function resolveSaturation({ saturation, bits }: SaturationOptions, type: PixelType): Saturation {
  if (saturation !== undefined && !(Number.isFinite(saturation) && saturation > 0)) {
    throw new OptionError({ subject: 'option "saturation"', expected: 'a finite number of DN above 0', received: String(saturation) })
  }
  if (bits !== undefined && !(Number.isInteger(bits) && bits >= 1 && bits <= 32)) {
    throw new OptionError({ subject: 'option "bits"', expected: 'a whole number from 1 to 32', received: String(bits) })
  }
  const byBits = bits === undefined ? undefined : 2 ** bits - 1
  if (saturation !== undefined && byBits !== undefined && saturation > byBits) {
    throw new OptionError({
      subject: 'option "saturation"',
      expected: `at most ${byBits}, the largest value of ${bits} bits`,
      received: String(saturation)
    })
  }
  const level = saturation ?? byBits
  return level === undefined ? { level: TYPE_MAXIMUM[type] ?? null, stated: false } : { level, stated: true }
}
