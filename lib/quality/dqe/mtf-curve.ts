import { assertCurve } from './assert-curve.js'
import { knownFrequency } from './known-frequency.js'
import type { MtfPoint } from '../edge/measure-mtf.js'

/** A modulation transfer function as plain numbers. */
export interface MtfCurve {
  /** 1/mm, rising. */
  readonly frequency: readonly number[]
  readonly mtf: readonly number[]
}

/** @throws {OptionError} ERR_OPTION when frequencies are unknown or do not rise, or values are not finite or of another number */
export function mtfCurve(input: readonly MtfPoint[] | MtfCurve): MtfCurve {
  if (!isList(input)) return assertCurve('mtf', input, input.mtf)
  const mtf = input.map((point) => point.mtf)
  return assertCurve('mtf', { frequency: input.map((point) => knownFrequency('mtf', point)), mtf }, mtf)
}

function isList<T>(input: readonly T[] | object): input is readonly T[] {
  return Array.isArray(input)
}
