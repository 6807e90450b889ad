import { findNewDefects } from '../verification/find-new-defects.js'
import { measureFixedPattern } from '../uniformity/measure-fixed-pattern.js'
import { momentsOf } from '../moments-of.js'
import { predictNoise } from '../noise/predict-noise.js'
import { selectPixels } from '../select-pixels.js'
import { takeFrames } from '../take-frames.js'
import { addToSums, startSums } from '../verification/verification-sums.js'
import type { Region } from '../../frame/region.js'
import type { FrameInfo } from '../../frame/frame-info.js'
import type { CalibrationSet } from '../../maps/calibration-set.js'
import type { Unknowns } from '../figure.js'
import type { DriftedPixel } from './offset-drift.js'
import type { MeasurableSource } from '../take-frames.js'

export interface GainDrift {
  /** Level of the corrected flats over the reference of the calibration, less 1: mostly the exposure, no verdict rests on it. */
  readonly flatLevelChangePercent: number | null
  /** Temporal noise of one corrected flat, from pairs. */
  readonly temporalNoiseDn: number | null
  /** Pattern left in the corrected flats, slow shading taken out, from two halves; and what the noise of the maps leaves anyway. */
  readonly residualPatternDn: number | null
  readonly expectedResidualPatternDn: number | null
  /** residual^2 - expected^2, with its sign: below 0 there is less than expected. */
  readonly gainDriftVarianceDn2: number | null
  /** Its root in percent of the level: by how much the gain of the pixels has changed. */
  readonly gainDriftPercent: number | null
  /** Its root over the temporal noise; 0 for a variance below 0. */
  readonly gainPatternToTemporalRatio: number | null
  readonly newFlatDefects: number | null
  readonly positions: readonly DriftedPixel[]
  readonly unknown: Unknowns
}

const NAMES = [
  'flatLevelChangePercent',
  'temporalNoiseDn',
  'residualPatternDn',
  'expectedResidualPatternDn',
  'gainDriftVarianceDn2',
  'gainDriftPercent',
  'gainPatternToTemporalRatio',
  'newFlatDefects'
] as const

/**
 * Correct new flats by a calibration, its offset shifted by the drift of the panel, and measure the pattern that is left.
 * @param offsetDriftDn what the darks say; 0 where there are none
 * @param onFrame told of every flat
 */
export async function gainDrift(
  flats: MeasurableSource,
  calibration: CalibrationSet,
  offsetDriftDn: number,
  { region, maximumPositions }: { region?: Region; maximumPositions: number },
  onFrame: (info: FrameInfo, subject: string) => void
): Promise<GainDrift & { readonly frames: number }> {
  const { shape, defects, gain, offset } = calibration
  const sums = startSums(shape)
  const corrected = new Float32Array(gain.data.length)
  let frames = 0
  for await (const { data, info } of takeFrames(flats, 'flats', shape)) {
    onFrame(info, `flats, frame ${frames++}`)
    for (let i = 0; i < corrected.length; i++) corrected[i] = (data[i] - offset.data[i] - offsetDriftDn) * gain.data[i]
    const { mean } = momentsOf(selectPixels('corrected flat', { data: corrected, shape }, defects, region))
    if (mean !== null && mean > 0) addToSums(sums, { data: corrected, shape }, mean, null, calibration, { region })
  }
  const used = sums.counts[0] + sums.counts[1]
  if (used === 0) return { ...noGainDrift(frames === 0 ? 'no flats' : 'no flat has a level above 0'), frames }
  const level = sums.meanSum / used
  const mean = { data: scaled(sums.sums[0], sums.sums[1], level / used), shape }
  const found = findNewDefects(mean, defects, { region, maximumPositions })
  const known = {
    flatLevelChangePercent: gain.reference > 0 ? 100 * (level / gain.reference - 1) : null,
    newFlatDefects: found.newDefects,
    positions: found.positions.map(({ row, col, deviationPercent }) => ({ row, col, deviationPercent }))
  }
  const unknown: Record<string, string> = gain.reference > 0 ? {} : { flatLevelChangePercent: 'the calibration has no reference above 0' }
  if (sums.pairs === 0) {
    const pattern = noGainDrift('a pattern needs two flats with good pixels in common')
    const { flatLevelChangePercent: _level, newFlatDefects: _found, ...reasons } = pattern.unknown
    return { ...pattern, ...known, unknown: { ...reasons, ...unknown }, frames }
  }
  const halves = [0, 1].map((half) => ({ data: scaled(sums.sums[half], null, level / sums.counts[half]), shape }))
  const pattern = measureFixedPattern(halves[0], halves[1], defects, { region })
  const predicted = predictNoise(mean, calibration, { region })
  const temporal = level * Math.sqrt(sums.pairVariance / sums.pairs)
  return { ...known, frames, ...compare(pattern, predicted, temporal, level, unknown) }
}

function scaled(a: Float64Array, b: Float64Array | null, factor: number): Float32Array {
  const out = new Float32Array(a.length)
  for (let i = 0; i < out.length; i++) out[i] = (b === null ? a[i] : a[i] + b[i]) * factor
  return out
}

function compare(
  pattern: ReturnType<typeof measureFixedPattern>,
  predicted: ReturnType<typeof predictNoise>,
  temporal: number,
  level: number,
  reasons: Unknowns
) {
  const { detrendedFixedPatternVarianceDn2: variance, detrendedFixedPatternDn: residual } = pattern
  const expected = predicted.predictedFixedPatternDn
  const excess = variance !== null && expected !== null ? variance - expected ** 2 : null
  const unknown: Record<string, string> = { ...reasons }
  if (residual === null) unknown.residualPatternDn = pattern.unknown.detrendedFixedPatternDn
  if (expected === null) unknown.expectedResidualPatternDn = predicted.unknown.predictedFixedPatternDn
  const why = excess === null ? (unknown.expectedResidualPatternDn ?? unknown.residualPatternDn) : null
  if (why !== null) unknown.gainDriftVarianceDn2 = unknown.gainDriftPercent = unknown.gainPatternToTemporalRatio = why
  else if (excess! < 0) unknown.gainDriftPercent = 'the pattern left is smaller than the noise of the maps explains'
  if (excess !== null && !(temporal > 0)) unknown.gainPatternToTemporalRatio = 'the flats have no temporal noise'
  return {
    temporalNoiseDn: temporal,
    residualPatternDn: residual,
    expectedResidualPatternDn: expected,
    gainDriftVarianceDn2: excess,
    gainDriftPercent: excess !== null && excess >= 0 ? (100 * Math.sqrt(excess)) / level : null,
    gainPatternToTemporalRatio: excess !== null && temporal > 0 ? Math.sqrt(Math.max(0, excess)) / temporal : null,
    unknown
  }
}

/** Nothing known of the flats. */
export function noGainDrift(reason: string): GainDrift {
  const empty = Object.fromEntries(NAMES.map((name) => [name, null])) as unknown as Record<(typeof NAMES)[number], null>
  return { ...empty, positions: [], unknown: Object.fromEntries(NAMES.map((name) => [name, reason])) }
}
