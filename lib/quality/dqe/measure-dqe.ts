import { OptionError } from '../../errors.js'
import { assertFrequencies } from './assert-frequencies.js'
import { INCIDENT_SNR_SQUARED } from './incident-snr-squared.js'
import { mtfCurve } from './mtf-curve.js'
import { nnpsCurve } from './nnps-curve.js'
import type { NpsPoint } from '../spectrum/cut-spectrum.js'
import type { Unknowns } from '../figure.js'
import type { BeamQuality, DqeEdition } from './incident-snr-squared.js'
import type { MtfPoint } from '../edge/measure-mtf.js'
import type { MtfCurve } from './mtf-curve.js'
import type { NnpsCurve } from './nnps-curve.js'

export interface MeasureDqeOptions {
  /** The curve of `measureMtf`, or plain numbers. */
  readonly mtf: readonly MtfPoint[] | MtfCurve
  /** In the direction of the MTF, from flats at the air kerma given: a cut of `measureNps`, or plain numbers. */
  readonly nnps: readonly NpsPoint[] | NnpsCurve
  /** Air kerma at the detector surface for one frame, uGy, above 0. */
  readonly airKermaUGy: number
  /** A tabulated radiation quality, or the squared signal-to-noise ratio of the incident radiation, 1/(mm^2 uGy). */
  readonly beamQuality: BeamQuality | number
  /** Whose table a radiation quality is taken from; there is no default, and a number needs none. */
  readonly edition?: DqeEdition
  /** 1/mm, rising, inside both curves. @default the frequencies of the NNPS that the MTF reaches */
  readonly frequencies?: readonly number[]
}

/** One value of the curve. */
export interface DqePoint {
  readonly frequencyPerMm: number
  /** Null where the NNPS is not above 0. */
  readonly dqe: number | null
  /** Limits that those of the NNPS give; MTF, air kerma and table count as exact. Null where there are none. */
  readonly confidence95: readonly [number, number] | null
}

export interface Dqe {
  readonly curve: readonly DqePoint[]
  readonly airKermaUGy: number
  /** 1/(mm^2 uGy) */
  readonly incidentSnrSquared: number
  /** Where that number comes from, in words. */
  readonly incidentSnrSource: string
  readonly unknown: Unknowns
}

/**
 * Compute the detective quantum efficiency: DQE(u) = MTF(u)^2 / (NNPS(u) Ka SNRin^2). Both curves are interpolated linearly where their
 * frequencies differ. An ideal photon counter with square pixels of side p gives sinc^2(u p).
 * @returns the curve over the frequencies, limits carried from those of the NNPS
 * @throws {OptionError} ERR_OPTION when curves, air kerma, quality or edition are missing or out of range, or the curves do not overlap
 * @see IEC 62220-1-1:2015 and IEC 62220-1:2003, as publicly described: formula and tables
 */
export function measureDqe({ mtf, nnps, airKermaUGy, beamQuality, edition, frequencies }: MeasureDqeOptions): Dqe {
  const signal = mtfCurve(mtf)
  const noise = nnpsCurve(nnps)
  if (!(airKermaUGy > 0 && airKermaUGy < Infinity)) refuse('airKermaUGy', 'uGy above 0', String(airKermaUGy))
  const incident = incidentOf(beamQuality, edition)
  const axis = axisOf(signal.frequency, noise.frequency, frequencies)
  const curve = axis.map((u) => {
    const transfer = interpolate(signal.frequency, signal.mtf, u)
    const efficiency = (power: readonly number[]): number | null => {
      const value = interpolate(noise.frequency, power, u)
      return value > 0 ? transfer ** 2 / (value * airKermaUGy * incident.value) : null
    }
    // More noise is less efficiency: the limits change sides.
    const lower = noise.ci ? efficiency(noise.ci.upper) : null
    const upper = noise.ci ? efficiency(noise.ci.lower) : null
    const confidence95: readonly [number, number] | null = lower === null || upper === null ? null : [lower, upper]
    return { frequencyPerMm: u, dqe: efficiency(noise.nnps), confidence95 }
  })
  const holes = curve.filter(({ dqe }) => dqe === null).map(({ frequencyPerMm }) => frequencyPerMm)
  return {
    curve,
    airKermaUGy,
    incidentSnrSquared: incident.value,
    incidentSnrSource: incident.source,
    unknown: holes.length === 0 ? {} : { dqe: `the NNPS is not above 0 at ${holes.join(', ')} per mm` }
  }
}

function refuse(name: string, expected: string, received: string): never {
  throw new OptionError({ subject: `option "${name}"`, expected, received })
}

function incidentOf(quality: BeamQuality | number, edition: DqeEdition | undefined): { value: number; source: string } {
  if (typeof quality === 'number') {
    if (!(quality > 0 && quality < Infinity)) refuse('beamQuality', '1/(mm^2 uGy) above 0', String(quality))
    return { value: quality, source: 'given' }
  }
  if (edition === undefined || !Object.hasOwn(INCIDENT_SNR_SQUARED, edition)) {
    refuse('edition', "'2003' or '2015', for the tables differ", String(edition))
  }
  const table = INCIDENT_SNR_SQUARED[edition]
  if (!Object.hasOwn(table, quality)) refuse('beamQuality', `${Object.keys(table).join(', ')} or a number`, String(quality))
  const standard = edition === '2003' ? 'IEC 62220-1:2003' : 'IEC 62220-1-1:2015'
  return { value: table[quality], source: `${quality} after ${standard}, as publicly described` }
}

function axisOf(mtf: readonly number[], nnps: readonly number[], wanted: readonly number[] | undefined): number[] {
  const first = Math.max(mtf[0], nnps[0])
  const last = Math.min(mtf[mtf.length - 1], nnps[nnps.length - 1])
  if (wanted !== undefined) {
    assertFrequencies('frequencies', wanted)
    const outside = wanted.find((u) => u < first || u > last)
    if (outside !== undefined) refuse('frequencies', `${first} to ${last} per mm, where both curves are known`, String(outside))
    return [...wanted]
  }
  const common = nnps.filter((u) => u >= first && u <= last)
  if (common.length === 0) {
    const received = `${nnps[0]} to ${nnps[nnps.length - 1]}`
    refuse('nnps', `frequencies between ${mtf[0]} and ${mtf[mtf.length - 1]} per mm, as the MTF has`, received)
  }
  return common
}

// Linear between two frequencies; u lies inside.
function interpolate(frequency: readonly number[], values: readonly number[], u: number): number {
  const above = frequency.findIndex((one) => one >= u)
  if (frequency[above] === u) return values[above]
  const share = (u - frequency[above - 1]) / (frequency[above] - frequency[above - 1])
  return values[above - 1] + share * (values[above] - values[above - 1])
}
