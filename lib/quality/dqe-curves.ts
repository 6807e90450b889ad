import { OptionError } from '../errors.js'
import type { NpsPoint } from './cut-spectrum.js'
import type { MtfPoint } from './measure-mtf.js'

/** A modulation transfer function as plain numbers. */
export interface MtfCurve {
  /** 1/mm, rising. */
  readonly frequency: readonly number[]
  readonly mtf: readonly number[]
}

/** A normalised noise power spectrum along one direction as plain numbers. */
export interface NnpsCurve {
  /** 1/mm, rising. */
  readonly frequency: readonly number[]
  /** mm^2 */
  readonly nnps: readonly number[]
  /** Limits of the 95 % confidence interval of `nnps`, mm^2. */
  readonly ci?: { readonly lower: readonly number[]; readonly upper: readonly number[] }
}

/** @throws {OptionError} ERR_OPTION when frequencies are unknown or do not rise, or values are not finite or of another number */
export function mtfCurve(input: readonly MtfPoint[] | MtfCurve): MtfCurve {
  if (!isList(input)) return assertCurve('mtf', input, input.mtf)
  const mtf = input.map((point) => point.mtf)
  return assertCurve('mtf', { frequency: input.map((point) => known('mtf', point)), mtf }, mtf)
}

/** @throws {OptionError} ERR_OPTION as for `mtfCurve`, and when the spectrum is not normalised */
export function nnpsCurve(input: readonly NpsPoint[] | NnpsCurve): NnpsCurve {
  if (!isList(input)) {
    if (input.ci) assertCurve('nnps.ci', input, input.ci.lower)
    if (input.ci) assertCurve('nnps.ci', input, input.ci.upper)
    return assertCurve('nnps', input, input.nnps)
  }
  const frequency = input.map((point) => known('nnps', point))
  const nnps = input.map(({ nnpsMm2 }) => nnpsMm2 ?? refuse('nnps', 'a normalised spectrum in mm^2', 'none: pitch or signal is unknown'))
  const ci = {
    lower: nnps.map((value, i) => value * input[i].confidence95Factors[0]),
    upper: nnps.map((value, i) => value * input[i].confidence95Factors[1])
  }
  return assertCurve('nnps', { frequency, nnps, ci }, nnps)
}

/** @throws {OptionError} ERR_OPTION when frequencies are negative, not finite, or do not rise */
export function assertFrequencies(name: string, frequency: readonly number[]): void {
  const at = frequency.findIndex((u, i) => !(u >= 0 && u < Infinity && (i === 0 || u > frequency[i - 1])))
  if (at >= 0) refuse(name, 'rising frequencies of at least 0 per mm', `${frequency[at]} at index ${at}`)
}

function isList<T>(input: readonly T[] | object): input is readonly T[] {
  return Array.isArray(input)
}

function known(name: string, { frequencyPerMm }: { readonly frequencyPerMm: number | null }): number {
  return frequencyPerMm ?? refuse(name, 'frequencies in 1/mm', 'none: the pixel pitch is unknown')
}

function assertCurve<T extends { readonly frequency: readonly number[] }>(name: string, curve: T, values: readonly number[]): T {
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
