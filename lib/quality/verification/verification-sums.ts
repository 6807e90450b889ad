import { measureTemporalNoise } from '../noise/measure-temporal-noise.js'
import type { KernelPixels } from '../../frame/pixel-data.js'
import type { Region } from '../../frame/region.js'
import type { Shape } from '../../frame/shape.js'
import type { CalibrationSet } from '../../maps/calibration-set.js'

/** What the flats leave behind for the figures over all. */
export interface VerificationSums {
  /** Sums of the even-numbered and odd-numbered flats, each flat divided by its mean. */
  readonly sums: readonly [Float64Array, Float64Array]
  readonly counts: [number, number]
  /** The flat before, for temporal noise from pairs. */
  readonly previous: Float32Array
  previousMean: number
  meanSum: number
  pairVariance: number
  pairs: number
  predictedTemporal: number | null
}

/** Empty sums for flats of a shape: 20 bytes a pixel. */
export function startSums([rows, cols]: Shape): VerificationSums {
  const size = rows * cols
  return {
    sums: [new Float64Array(size), new Float64Array(size)],
    counts: [0, 0],
    previous: new Float32Array(size),
    previousMean: 0,
    meanSum: 0,
    pairVariance: 0,
    pairs: 0,
    predictedTemporal: 0
  }
}

/** Add one flat: its part of the halves, and its pair with the flat before. The frame is not kept. */
export function addToSums(
  sums: VerificationSums,
  frame: { readonly data: KernelPixels; readonly shape: Shape },
  mean: number,
  predictedTemporal: number | null,
  { defects }: CalibrationSet,
  { region }: { readonly region?: Region }
): void {
  const half = (sums.counts[0] + sums.counts[1]) % 2
  if (sums.counts[0] > 0) {
    const { temporalNoiseDn } = measureTemporalNoise({ data: sums.previous, shape: frame.shape }, frame, defects, { region })
    // In units of the mean, so that pairs at different levels join.
    if (temporalNoiseDn !== null) {
      sums.pairVariance += (temporalNoiseDn / sums.previousMean) ** 2
      sums.pairs++
    }
  }
  const { data } = frame
  const sum = sums.sums[half]
  const factor = 1 / mean
  for (let i = 0; i < data.length; i++) sum[i] += data[i] * factor
  sums.previous.set(data)
  sums.previousMean = mean
  sums.meanSum += mean
  sums.counts[half]++
  if (predictedTemporal === null || sums.predictedTemporal === null) sums.predictedTemporal = null
  else sums.predictedTemporal += (predictedTemporal / mean) ** 2
}
