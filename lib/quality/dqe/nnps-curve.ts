import { OptionError } from '../../errors.js'
import { assertCurve } from './assert-curve.js'
import { knownFrequency } from './known-frequency.js'
import type { NpsPoint } from '../spectrum/cut-spectrum.js'

/** A normalised noise power spectrum along one direction as plain numbers. */
export interface NnpsCurve {
  /** 1/mm, rising. */
  readonly frequency: readonly number[]
  /** mm^2 */
  readonly nnps: readonly number[]
  /** Limits of the 95 % confidence interval of `nnps`, mm^2. */
  readonly ci?: { readonly lower: readonly number[]; readonly upper: readonly number[] }
}

/** @throws {OptionError} ERR_OPTION when frequencies are unknown or do not rise, values are not finite, or nothing is normalised */
export function nnpsCurve(input: readonly NpsPoint[] | NnpsCurve): NnpsCurve {
  if (!isList(input)) {
    if (input.ci) assertCurve('nnps.ci', input, input.ci.lower)
    if (input.ci) assertCurve('nnps.ci', input, input.ci.upper)
    return assertCurve('nnps', input, input.nnps)
  }
  const frequency = input.map((point) => knownFrequency('nnps', point))
  const nnps = input.map(({ nnpsMm2 }) => nnpsMm2 ?? refuse())
  const ci = {
    lower: nnps.map((value, i) => value * input[i].confidence95Factors[0]),
    upper: nnps.map((value, i) => value * input[i].confidence95Factors[1])
  }
  return assertCurve('nnps', { frequency, nnps, ci }, nnps)
}

function isList<T>(input: readonly T[] | object): input is readonly T[] {
  return Array.isArray(input)
}

function refuse(): never {
  throw new OptionError({
    subject: 'option "nnps"',
    expected: 'a normalised spectrum in mm^2',
    received: 'none: pitch or signal is unknown'
  })
}
