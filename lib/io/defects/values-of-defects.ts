import { OptionError } from '../../errors.js'
import { BAD_PIXEL_BITS } from '../../maps/defect-flags.js'
import type { DefectMap } from '../../maps/maps.js'

export interface ValuesOfDefectsOptions {
  /** Value of bad pixels, 0 to 65535; must be stated. */
  readonly badValue?: number
  /** Value of good pixels, 0 to 65535; must be stated. */
  readonly goodValue?: number
}

/**
 * A map as values for a frame format: one value for bad pixels, one for good ones, both stated.
 * @throws {OptionError} ERR_OPTION when one is missing, out of range, or both are the same
 */
export function valuesOfDefects(defects: DefectMap, options: ValuesOfDefectsOptions): Uint16Array {
  const { badValue, goodValue } = options
  const isValue = (value: number | undefined): value is number => Number.isInteger(value) && value! >= 0 && value! <= 65535
  if (!isValue(badValue) || !isValue(goodValue) || badValue === goodValue) {
    throw new OptionError({
      subject: 'values of the map',
      expected: 'two whole numbers from 0 to 65535, one for bad and one for good pixels',
      received: `${badValue ?? 'nothing'} for bad, ${goodValue ?? 'nothing'} for good`
    })
  }
  return Uint16Array.from(defects.data, (flags) => ((flags & BAD_PIXEL_BITS) !== 0 ? badValue : goodValue))
}
