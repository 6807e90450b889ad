import { OptionError } from '../../errors.js'
import { fitLine } from './fit-line.js'
import type { Unknowns } from '../figure.js'

/** What was measured in the dark at one exposure time. */
export interface DarkLevel {
  /** Time over which the pixels integrate, read-out gap included. */
  readonly exposureMs: number
  readonly meanDn: number
  /** Temporal variance of one frame. */
  readonly varianceDn2: number
}

export interface MeasureDarkCurrentOptions {
  /** System gain K in DN per electron (see `measurePhotonTransfer`). @default null: not known */
  readonly systemGain?: number | null
}

export interface DarkCurrent {
  /** Number of different exposure times. */
  readonly exposureTimes: number
  /** Slopes with their sign, and the levels at exposure time 0. */
  readonly meanSlopeDnPerS: number | null
  readonly meanInterceptDn: number | null
  readonly varianceSlopeDn2PerS: number | null
  readonly varianceInterceptDn2: number | null
  readonly darkCurrentFromMeanDnPerS: number | null
  /** Slope of the mean / K. */
  readonly darkCurrentFromMeanElectronsPerS: number | null
  /** Slope of the variance / K^2. */
  readonly darkCurrentFromVarianceElectronsPerS: number | null
  readonly unknown: Unknowns
}

/**
 * Measure the dark current from dark frames of at least three exposure times:
 *
 *     mean = offset + K I t               from the mean:      I = slope / K
 *     variance = read-out + K^2 I t       from the variance:  I = slope / K^2  (the electrons of a dark current are Poisson)
 *
 * Detectors that subtract the dark level themselves show the current in the variance only. A slope below 0 is given with its sign; the
 * current is null then.
 * @param levels in any order; times may repeat
 * @returns DN/s and electrons/s; null with a reason in `unknown` from fewer than three exposure times, a negative slope, or without K
 * @throws {OptionError} ERR_OPTION when a level holds a value that is not finite, a negative time or variance, or K is not above 0
 * @see EMVA 1288 release 4.0 Linear, 7 (2021): dark current
 */
export function measureDarkCurrent(levels: readonly DarkLevel[], { systemGain = null }: MeasureDarkCurrentOptions = {}): DarkCurrent {
  assertLevels(levels)
  if (systemGain !== null && !(systemGain > 0 && systemGain < Infinity)) {
    throw new OptionError({
      subject: 'option "systemGain"',
      expected: 'a number above 0 (DN per electron), or null',
      received: String(systemGain)
    })
  }
  const seconds = levels.map(({ exposureMs }) => exposureMs / 1000)
  const exposureTimes = new Set(seconds).size
  const enough = exposureTimes >= 3
  const mean = enough
    ? fitLine(
        seconds,
        levels.map(({ meanDn }) => meanDn)
      )
    : null
  const variance = enough
    ? fitLine(
        seconds,
        levels.map(({ varianceDn2 }) => varianceDn2)
      )
    : null
  const unknown: Record<string, string> = {}
  const few = `${exposureTimes} exposure times: at least 3 are needed`
  const value = (name: keyof DarkCurrent, received: number | null | undefined, reason: string): number | null => {
    if (received !== null && received !== undefined) return received
    unknown[name] = reason
    return null
  }
  const reasonOf = (slope: number | undefined, unit: string, other: string): string => {
    if (slope === undefined) return few
    return slope < 0 ? `the slope is negative: ${slope.toPrecision(3)} ${unit}` : other
  }
  const fromMean = reasonOf(mean?.slope, 'DN/s', 'no system gain given')
  const fromVariance = reasonOf(variance?.slope, 'DN^2/s', 'no system gain given')
  const rising = mean && mean.slope >= 0 ? mean.slope : null
  const spreading = variance && variance.slope >= 0 ? variance.slope : null
  return {
    exposureTimes,
    meanSlopeDnPerS: value('meanSlopeDnPerS', mean?.slope, few),
    meanInterceptDn: value('meanInterceptDn', mean?.intercept, few),
    varianceSlopeDn2PerS: value('varianceSlopeDn2PerS', variance?.slope, few),
    varianceInterceptDn2: value('varianceInterceptDn2', variance?.intercept, few),
    darkCurrentFromMeanDnPerS: value('darkCurrentFromMeanDnPerS', rising, fromMean),
    darkCurrentFromMeanElectronsPerS: value('darkCurrentFromMeanElectronsPerS', divide(rising, systemGain), fromMean),
    darkCurrentFromVarianceElectronsPerS: value(
      'darkCurrentFromVarianceElectronsPerS',
      divide(spreading, systemGain === null ? null : systemGain ** 2),
      fromVariance
    ),
    unknown
  }
}

function divide(slope: number | null, by: number | null): number | null {
  return slope === null || by === null ? null : slope / by
}

function assertLevels(levels: readonly DarkLevel[]): void {
  levels.forEach(({ exposureMs, meanDn, varianceDn2 }, at) => {
    const wrong = [
      ['exposureMs', exposureMs, 0],
      ['meanDn', meanDn, -Infinity],
      ['varianceDn2', varianceDn2, 0]
    ] as const
    for (const [name, received, least] of wrong) {
      if (Number.isFinite(received) && received >= least) continue
      const expected = least === 0 ? 'a finite number of at least 0' : 'a finite number'
      throw new OptionError({ subject: `level ${at}, ${name}`, expected, received: String(received) })
    }
  })
}
