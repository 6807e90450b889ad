import { chiSquareQuantile } from '../../kernels/statistics/chi-square-quantile.js'
import { combinerFactor } from '../noise/combiner-factor.js'
import { robustMoments } from '../robust-moments.js'
import type { CalibrationSet } from '../../maps/calibration-set.js'
import type { Unknowns } from '../figure.js'

/** A pixel of the calibration that deviates now. */
export interface DriftedPixel {
  readonly row: number
  readonly col: number
  /** In the darks: dark - offset beyond the drift of the panel, DN. */
  readonly offsetChangeDn?: number
  /** In the flats: deviation from the 9 x 9 median, percent. */
  readonly deviationPercent?: number
}

export interface OffsetDrift {
  /** Mean of (mean dark - offset). */
  readonly offsetDriftDn: number | null
  /** The same over the noise of one pixel. */
  readonly offsetDriftInNoise: number | null
  /** Robust sd of (mean dark - offset), and what noise alone gives. */
  readonly offsetPatternSdDn: number | null
  readonly expectedOffsetPatternSdDn: number | null
  /** How far the same of a single dark exceeds sqrt(1 + 1 / N) of the noise of a pixel. */
  readonly offsetPatternExcessPercent: number | null
  readonly newDarkDefects: number | null
  readonly positions: readonly DriftedPixel[]
  readonly unknown: Unknowns
}

const NAMES = [
  'offsetDriftDn',
  'offsetDriftInNoise',
  'offsetPatternSdDn',
  'expectedOffsetPatternSdDn',
  'offsetPatternExcessPercent',
  'newDarkDefects'
]
/** Robust sds beyond which a pixel of the darks is a new defect. */
const SIGMAS = 6

/**
 * Compare the mean of new darks with the offset map: drift, pattern and single pixels.
 * The median of the noise map is divided by the median of s / sigma for its number of frames (0.916 for 5, 0.983 for 20).
 * @param mean mean of `frames` new darks, DN; NaN where it is not finite
 * @param good 1 where the pixel counts
 */
export function offsetDrift(
  mean: Float32Array,
  good: Uint8Array,
  frames: number,
  calibration: CalibrationSet,
  maximumPositions: number
): OffsetDrift {
  const { offset, noise, darkFrames, provenance } = calibration
  const changes = new Float32Array(mean.length)
  const scratch = new Float32Array(mean.length)
  let count = 0
  let sum = 0
  for (let i = 0; i < mean.length; i++) {
    changes[i] = good[i] === 1 ? mean[i] - offset.data[i] : NaN
    if (changes[i] - changes[i] !== 0) continue
    scratch[count++] = changes[i]
    sum += changes[i]
  }
  const moments = robustMoments(scratch, count)
  if (moments === null) return noOffsetDrift('no good pixel')
  const sigma = noiseOf(noise ? noise.data : null, good, darkFrames)
  const combine = provenance.stacks.find((stack) => stack.role === 'dark')?.combine ?? 'mean'
  const share = combinerFactor(combine, darkFrames) / darkFrames
  const drift = sum / count
  const factor = Math.sqrt(1 / frames + share)
  const found = findChanged(changes, moments, noise ? noise.data : null, factor, calibration.shape[1], maximumPositions)
  const known = { offsetDriftDn: drift, offsetPatternSdDn: moments.sd, ...found }
  if (sigma === null) return { ...withoutNoise(), ...known }
  // What one new dark would show: the pattern, and the noise that the mean of several has lost.
  const single = Math.sqrt(moments.sd ** 2 + (1 - 1 / frames) * sigma ** 2)
  return {
    ...known,
    offsetDriftInNoise: drift / sigma,
    expectedOffsetPatternSdDn: sigma * factor,
    offsetPatternExcessPercent: 100 * (single / (sigma * Math.sqrt(1 + share)) - 1),
    unknown: {}
  }
}

function withoutNoise() {
  const reason = 'the calibration has no noise map, or it is 0'
  return {
    offsetDriftInNoise: null,
    expectedOffsetPatternSdDn: null,
    offsetPatternExcessPercent: null,
    unknown: { offsetDriftInNoise: reason, expectedOffsetPatternSdDn: reason, offsetPatternExcessPercent: reason }
  }
}

function noiseOf(noise: Float32Array | null, good: Uint8Array, frames: number): number | null {
  if (noise === null || frames < 2) return null
  const known = noise.filter((value, i) => good[i] === 1 && value - value === 0)
  const median = robustMoments(known, known.length)?.median ?? 0
  return median > 0 ? median / Math.sqrt(chiSquareQuantile(frames - 1, 0.5) / (frames - 1)) : null
}

// Beyond 6 of the spread of all pixels and 6 of the pixel's own noise: a noisy pixel is not a changed one.
function findChanged(
  changes: Float32Array,
  { median, sd }: { median: number; sd: number },
  noise: Float32Array | null,
  factor: number,
  cols: number,
  maximumPositions: number
): { newDarkDefects: number; positions: DriftedPixel[] } {
  const positions: DriftedPixel[] = []
  let newDarkDefects = 0
  for (let i = 0; i < changes.length; i++) {
    const change = changes[i] - median
    const own = noise === null ? 0 : noise[i] * factor
    if (!(Math.abs(change) > SIGMAS * Math.max(sd, own) && change !== 0)) continue
    newDarkDefects++
    if (positions.length < maximumPositions) positions.push({ row: Math.floor(i / cols), col: i % cols, offsetChangeDn: change })
  }
  return { newDarkDefects, positions }
}

/** Nothing known of the darks. */
export function noOffsetDrift(reason: string): OffsetDrift {
  return {
    offsetDriftDn: null,
    offsetDriftInNoise: null,
    offsetPatternSdDn: null,
    expectedOffsetPatternSdDn: null,
    offsetPatternExcessPercent: null,
    newDarkDefects: null,
    positions: [],
    unknown: Object.fromEntries(NAMES.map((name) => [name, reason]))
  }
}
