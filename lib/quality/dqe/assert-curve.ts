import { OptionError } from '../../errors.js'
import { assertFrequencies } from './assert-frequencies.js'

/** @throws {OptionError} ERR_OPTION when frequencies do not rise, or values are not finite or of another number */
export function assertCurve<T extends { readonly frequency: readonly number[] }>(name: string, curve: T, values: readonly number[]): T {
  const { frequency } = curve
  if (frequency.length === 0 || frequency.length !== values.length) {
    refuse(name, 'as many values as frequencies, at least one', `${values.length} values, ${frequency.length} frequencies`)
  }
  assertFrequencies(name, frequency)
  const at = values.findIndex((value) => !Number.isFinite(value))
  if (at >= 0) refuse(name, 'finite values', `${values[at]} at ${frequency[at]} per mm`)
  return curve
}

function refuse(name: string, expected: string, received: string): never {
  throw new OptionError({ subject: `option "${name}"`, expected, received })
}
