import { OptionError } from '../../errors.js'
import { fitLine, fitLineThroughOrigin } from './fit-line.js'
import type { Unknowns } from '../figure.js'

/** What was measured at one exposure; see `levelFromPair`. */
export interface PhotonTransferLevel {
  /** Mean number of photons (X-ray quanta) per pixel; null: not known. */
  readonly photons: number | null
  /** Anything proportional to it (air kerma, mAs, exposure time); null or absent: not known. */
  readonly exposure?: number | null
  readonly meanDn: number
  /** Mean of the dark frames of the same integration time. */
  readonly meanDarkDn: number
  /** Temporal variance of one frame. */
  readonly varianceDn2: number
  readonly varianceDarkDn2: number
}

export interface MeasurePhotonTransferOptions {
  /** Signal (mean - mean dark) at saturation where it is known from elsewhere, DN. @default null: the maximum of the variance curve */
  readonly saturationDn?: number | null
  /** Temporal dark variance to rest on, DN^2. @default null: that of the lowest level */
  readonly darkVarianceDn2?: number | null
}

export interface PhotonTransfer {
  readonly levels: number
  /** Levels that K and responsivity rest on, and the linearity error. */
  readonly gainLevels: number
  readonly linearityLevels: number
  /** System gain K. */
  readonly systemGainDnPerElectron: number | null
  readonly darkNoiseDn: number | null
  readonly darkNoiseElectrons: number | null
  /** True: the dark variance is below 0.24 DN^2, so rounding rules it and the dark noise is an upper bound (0.40 DN). */
  readonly darkNoiseIsUpperBound: boolean
  /** Signal above dark at saturation. */
  readonly saturationDn: number | null
  readonly saturationElectrons: number | null
  readonly saturationPhotons: number | null
  readonly responsivityDnPerPhoton: number | null
  /** Slope of the signal per unit of `exposure`. */
  readonly responsivityDnPerExposure: number | null
  readonly quantumEfficiencyPercent: number | null
  /** Signal at which the SNR is 1. */
  readonly sensitivityThresholdElectrons: number | null
  readonly sensitivityThresholdPhotons: number | null
  readonly dynamicRange: number | null
  readonly dynamicRangeDb: number | null
  readonly snrMax: number | null
  readonly snrMaxDb: number | null
  /** Mean of the absolute relative deviations from the line. */
  readonly linearityErrorPercent: number | null
  readonly linearityMinimumPercent: number | null
  readonly linearityMaximumPercent: number | null
  readonly unknown: Unknowns
}

/** Below it rounding to whole DN rules the dark variance. */
const LEAST_DARK_VARIANCE = 0.24
const ROUNDING_VARIANCE = 1 / 12
/** Fewer points than that fit any line. */
const LEAST_LEVELS = 3

/** Levels in the order of exposure, with what follows from them at once. */
interface Series {
  readonly levels: readonly PhotonTransferLevel[]
  readonly signal: readonly number[]
  readonly excess: readonly number[]
  /** Photons where all are known, else exposures where all are, else null. */
  readonly input: readonly number[] | null
  readonly photons: readonly number[] | null
  readonly exposures: readonly number[] | null
}

/**
 * Measure system gain, dark noise, saturation, linearity and what follows from a photon transfer series:
 *
 *     variance - dark variance = K (mean - mean dark)      K: slope through the origin, 0 to 70 % of saturation
 *     dark noise = sqrt(dark variance - 1/12) / K          variances in DN^2 become electrons^2 by K^2, not by K
 *     R: slope of the signal over photons, same range      QE = R / K
 *     mu_min = sqrt(dark variance) / K + 0.5 electrons     SNR_max = sqrt(electrons at saturation), DR = saturation / mu_min
 *     LE: line with residuals weighted by 1 / signal over 5 to 95 % of saturation, deviations relative to the line
 *
 * Saturation is the maximum of the variance curve, searched from the top; where the highest level has it, saturation was not
 * reached: its figures are null, and the ranges are those of the highest signal. Electrons at saturation are QE * photons where
 * photons are known, else signal / K. For an X-ray panel K is an effective gain (one quantum makes many electrons, and light that
 * spreads correlates the noise: the slope is too low by the sum of the squared point spread); frames must not be gain-corrected, which
 * scales the variance by the gain squared.
 * @param levels at least one, in any order, of one integration time or each with its own dark
 * @returns figures; null with a reason in `unknown` where fewer than three levels stand in a range, photons are not known, or a slope
 * is not above 0
 * @throws {OptionError} ERR_OPTION when a level holds a value that is not finite, a negative variance or exposure, or an option is out
 * of range
 * @see EMVA 1288 release 4.0 Linear, 6 (2021)
 */
export function measurePhotonTransfer(
  levels: readonly PhotonTransferLevel[],
  { saturationDn = null, darkVarianceDn2 = null }: MeasurePhotonTransferOptions = {}
): PhotonTransfer {
  assertLevels(levels)
  assertPositive('saturationDn', saturationDn)
  assertPositive('darkVarianceDn2', darkVarianceDn2)
  const series = order(levels)
  const { signal, excess, photons, exposures } = series
  const top = saturationDn === null ? findSaturation(series) : nearest(signal, saturationDn)
  const reached = saturationDn !== null || top < signal.length - 1
  const full = saturationDn ?? signal[top]
  const inGain = within(signal, -Infinity, 0.7 * full)
  const unknown: Record<string, string> = {}
  const note = (reason: string | null, ...names: (keyof PhotonTransfer)[]): void => {
    if (reason !== null) for (const name of names) unknown[name] = reason
  }

  const [gain, noGain] = slope(pick(signal, inGain), pick(excess, inGain), 'the variance does not rise with the signal')
  note(noGain, 'systemGainDnPerElectron')

  const measured = darkVarianceDn2 ?? series.levels[0].varianceDarkDn2
  const darkVariance = Math.max(measured, LEAST_DARK_VARIANCE)
  const darkNoise = Math.sqrt(darkVariance - ROUNDING_VARIANCE)
  const least = gain === null ? null : Math.sqrt(darkVariance) / gain + 0.5
  note(noGain, 'darkNoiseElectrons', 'sensitivityThresholdElectrons')

  const [perPhoton, noPhotons] = response(photons, signal, inGain, 'photons')
  const [perExposure, noExposures] = response(exposures, signal, inGain, 'exposures')
  note(noPhotons, 'responsivityDnPerPhoton')
  note(noExposures, 'responsivityDnPerExposure')
  const efficiency = perPhoton !== null && gain !== null ? perPhoton / gain : null
  note(efficiency === null ? (noPhotons ?? noGain) : null, 'quantumEfficiencyPercent', 'sensitivityThresholdPhotons')

  const unsaturated = reached ? null : 'the variance still rises at the highest level: saturation was not reached'
  const fullPhotons = !reached || perPhoton === null ? null : saturationDn !== null ? saturationDn / perPhoton : photons![top]
  const inElectrons = efficiency !== null && fullPhotons !== null ? efficiency * fullPhotons : gain === null ? null : full / gain
  const fullElectrons = reached ? inElectrons : null
  const range = fullElectrons !== null && least !== null ? fullElectrons / least : null
  note(unsaturated, 'saturationDn')
  note(fullPhotons === null ? (unsaturated ?? noPhotons) : null, 'saturationPhotons')
  note(
    fullElectrons === null ? (unsaturated ?? noGain) : null,
    'saturationElectrons',
    'snrMax',
    'snrMaxDb',
    'dynamicRange',
    'dynamicRangeDb'
  )

  const line = linearity(series, full)
  note(line.reason, 'linearityErrorPercent', 'linearityMinimumPercent', 'linearityMaximumPercent')
  const snrMax = fullElectrons === null ? null : Math.sqrt(fullElectrons)
  return {
    levels: levels.length,
    gainLevels: inGain.length,
    linearityLevels: line.levels,
    systemGainDnPerElectron: gain,
    darkNoiseDn: darkNoise,
    darkNoiseElectrons: gain === null ? null : darkNoise / gain,
    darkNoiseIsUpperBound: measured < LEAST_DARK_VARIANCE,
    saturationDn: reached ? full : null,
    saturationElectrons: fullElectrons,
    saturationPhotons: fullPhotons,
    responsivityDnPerPhoton: perPhoton,
    responsivityDnPerExposure: perExposure,
    quantumEfficiencyPercent: efficiency === null ? null : 100 * efficiency,
    sensitivityThresholdElectrons: least,
    sensitivityThresholdPhotons: least !== null && efficiency !== null ? least / efficiency : null,
    dynamicRange: range,
    dynamicRangeDb: range === null ? null : 20 * Math.log10(range),
    snrMax,
    snrMaxDb: snrMax === null ? null : 20 * Math.log10(snrMax),
    linearityErrorPercent: line.mean,
    linearityMinimumPercent: line.minimum,
    linearityMaximumPercent: line.maximum,
    unknown
  }
}

function assertLevels(levels: readonly PhotonTransferLevel[]): void {
  if (levels.length === 0) throw new OptionError({ subject: 'levels', expected: 'at least one', received: 'none' })
  levels.forEach(({ photons, exposure, meanDn, meanDarkDn, varianceDn2, varianceDarkDn2 }, at) => {
    assertLevelValue(at, 'meanDn', meanDn, -Infinity)
    assertLevelValue(at, 'meanDarkDn', meanDarkDn, -Infinity)
    assertLevelValue(at, 'varianceDn2', varianceDn2, 0)
    assertLevelValue(at, 'varianceDarkDn2', varianceDarkDn2, 0)
    assertLevelValue(at, 'photons', photons ?? 0, 0)
    assertLevelValue(at, 'exposure', exposure ?? 0, 0)
  })
}

function assertLevelValue(at: number, name: string, value: number, least: number): void {
  if (Number.isFinite(value) && value >= least) return
  const expected = least === 0 ? 'a finite number of at least 0' : 'a finite number'
  throw new OptionError({ subject: `level ${at}, ${name}`, expected, received: String(value) })
}

function assertPositive(name: string, value: number | null): void {
  if (value === null || (value > 0 && value < Infinity)) return
  throw new OptionError({ subject: `option "${name}"`, expected: 'a finite number above 0, or null', received: String(value) })
}

function order(levels: readonly PhotonTransferLevel[]): Series {
  const known = (key: 'photons' | 'exposure') => levels.every((level) => (level[key] ?? null) !== null)
  const key = known('photons') ? 'photons' : known('exposure') ? 'exposure' : 'meanDn'
  const sorted = [...levels].sort((a, b) => a[key]! - b[key]!)
  const photons = known('photons') ? sorted.map((level) => level.photons!) : null
  const exposures = known('exposure') ? sorted.map((level) => level.exposure!) : null
  return {
    levels: sorted,
    signal: sorted.map((level) => level.meanDn - level.meanDarkDn),
    excess: sorted.map((level) => level.varianceDn2 - level.varianceDarkDn2),
    input: photons ?? exposures,
    photons,
    exposures
  }
}

/** From the top down, so that among equals the highest is taken. */
function findSaturation({ levels }: Series): number {
  let best = levels.length - 1
  for (let i = best - 1; i >= 0; i--) if (levels[i].varianceDn2 > levels[best].varianceDn2) best = i
  return best
}

function nearest(signal: readonly number[], saturation: number): number {
  return signal.reduce((best, value, i) => (Math.abs(value - saturation) < Math.abs(signal[best] - saturation) ? i : best), 0)
}

function within(values: readonly number[], low: number, high: number): number[] {
  return values.flatMap((value, i) => (value >= low && value <= high ? [i] : []))
}

function pick(values: readonly number[], at: readonly number[]): number[] {
  return at.map((i) => values[i])
}

function slope(x: readonly number[], y: readonly number[], notRising: string): [slope: number | null, reason: string | null] {
  if (x.length < LEAST_LEVELS) return [null, `fewer than ${LEAST_LEVELS} levels within 70 % of saturation`]
  const value = fitLineThroughOrigin(x, y)
  return value !== null && value > 0 ? [value, null] : [null, notRising]
}

function response(
  input: readonly number[] | null,
  signal: readonly number[],
  at: readonly number[],
  what: string
): [slope: number | null, reason: string | null] {
  if (input === null) return [null, `${what} are not known at every level`]
  return slope(pick(input, at), pick(signal, at), `the signal does not rise with the ${what}`)
}

function linearity({ signal, input }: Series, full: number) {
  const none = (reason: string, levels: number) => ({ levels, mean: null, minimum: null, maximum: null, reason })
  if (input === null) return none('neither photons nor exposures are known at every level', 0)
  // A signal that weighs 1 / signal is above 0.
  const at = full > 0 ? within(signal, 0.05 * full, 0.95 * full) : []
  if (at.length < LEAST_LEVELS) return none(`fewer than ${LEAST_LEVELS} levels from 5 to 95 % of saturation`, at.length)
  const x = pick(input, at)
  const y = pick(signal, at)
  const line = fitLine(
    x,
    y,
    y.map((value) => 1 / value)
  )
  if (line === null) return none('all levels in the range have the same exposure', at.length)
  const deviations = y.map((value, i) => {
    const expected = line.intercept + line.slope * x[i]
    return (100 * (value - expected)) / expected
  })
  return {
    levels: at.length,
    mean: deviations.reduce((sum, value) => sum + Math.abs(value), 0) / deviations.length,
    minimum: Math.min(...deviations),
    maximum: Math.max(...deviations),
    reason: null
  }
}
