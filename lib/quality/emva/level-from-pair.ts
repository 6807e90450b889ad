import { StackError } from '../../errors.js'
import { measurePair } from '../noise/measure-pair.js'
import type { Region } from '../../frame/region.js'
import type { DefectMap } from '../../maps/maps.js'
import type { MeasurableFrame } from '../measurable-frame.js'
import type { PairMoments } from '../noise/measure-pair.js'
import type { PhotonTransferLevel } from './measure-photon-transfer.js'

export interface LevelFromPairOptions {
  /** Mean number of photons (X-ray quanta) per pixel at this level. @default null: not known */
  readonly photons?: number | null
  /** Anything proportional to it: air kerma, mAs, exposure time. @default null: not known */
  readonly exposure?: number | null
  /** Whether the difference of the frame means is taken off the variances. @default true */
  readonly frameMeanCorrection?: boolean
  /** @default the whole frame */
  readonly region?: Region
}

/** Two frames of one condition, or what `measurePair` said about them (a dark pair that serves every level is measured once). */
export type FramePair = readonly [MeasurableFrame, MeasurableFrame] | PairMoments

/**
 * One level of a photon transfer series from two bright and two dark frames of the same integration time.
 * @param bright raw DN, not gain-corrected
 * @param dark raw DN
 * @param defects bad pixels never count; null: no map
 * @throws {StackError} ERR_STACK when no pixel is good in both frames of a pair
 * @throws {ShapeError} ERR_SHAPE when shapes differ
 * @throws {OptionError} ERR_OPTION when the region is not inside the frame
 * @see EMVA 1288 release 4.0 Linear, 6 (2021)
 */
export function levelFromPair(
  bright: FramePair,
  dark: FramePair,
  defects: DefectMap | null,
  { photons = null, exposure = null, frameMeanCorrection = true, region }: LevelFromPairOptions = {}
): PhotonTransferLevel {
  const above = resolve('bright pair', bright, defects, region)
  const below = resolve('dark pair', dark, defects, region)
  const variance = frameMeanCorrection ? 'varianceDn2' : 'uncorrectedVarianceDn2'
  return {
    photons,
    exposure,
    meanDn: above.meanDn,
    meanDarkDn: below.meanDn,
    varianceDn2: above[variance],
    varianceDarkDn2: below[variance]
  }
}

/** Moments of a pair that has some. */
interface Known {
  readonly meanDn: number
  readonly varianceDn2: number
  readonly uncorrectedVarianceDn2: number
}

function resolve(subject: string, pair: FramePair, defects: DefectMap | null, region?: Region): Known {
  const moments = isPair(pair) ? measurePair(pair[0], pair[1], defects, { region }) : pair
  if (moments.usedPixels > 0) return moments as Known
  throw new StackError({ subject, expected: 'pixels that are good in both frames', received: 'none' })
}

function isPair(pair: FramePair): pair is readonly [MeasurableFrame, MeasurableFrame] {
  return Array.isArray(pair)
}
