import { FormatError, OptionError } from '../../errors.js'
import type { PixelData } from '../../frame/pixel-data.js'
import type { Shape } from '../../frame/shape.js'
import { DEFECT_FLAGS } from '../../maps/defect-flags.js'
import type { DefectMap } from '../../maps/maps.js'

export interface DefectsOfValuesOptions {
  /** Pixels of this value are bad. */
  readonly badValue?: number
  /** Pixels of this value are good. */
  readonly goodValue?: number
  /** Flags of a bad pixel: the file states no class. @default DEFECT_FLAGS.user */
  readonly flags?: number
}

/**
 * A map out of stored values, where it was stated which value means bad, or which means good; it is never guessed. With one of the two,
 * every other value means the opposite; with both, any third value is refused.
 * @param file name for messages
 * @param values [rows, cols] as stored
 * @throws {OptionError} ERR_OPTION when neither was stated, or both as the same
 * @throws {FormatError} ERR_FORMAT for a third value
 */
export function defectsOfValues(
  file: string,
  values: { readonly data: PixelData; readonly shape: Shape },
  options: DefectsOfValuesOptions
): DefectMap {
  const { badValue, goodValue, flags = DEFECT_FLAGS.user } = options
  if (badValue === undefined && goodValue === undefined) {
    throw new OptionError({
      subject: file,
      expected: 'the value that means bad, or the one that means good, to be stated',
      received: 'neither'
    })
  }
  if (badValue === goodValue)
    throw new OptionError({ subject: file, expected: 'another value for bad than for good', received: String(badValue) })
  const { shape } = values
  const source = values.data
  const data = new Uint32Array(source.length)
  for (let i = 0; i < source.length; i++) {
    const value = source[i]
    if (badValue === undefined ? value !== goodValue : value === badValue) data[i] = flags
    else if (badValue !== undefined && goodValue !== undefined && value !== goodValue) {
      const place = `[${Math.floor(i / shape[1])}, ${i % shape[1]}]`
      throw new FormatError({
        file,
        expected: `${badValue} (bad) or ${goodValue} (good) everywhere`,
        received: `${value} at pixel ${place}`
      })
    }
  }
  return { data, shape: [shape[0], shape[1]] }
}
