import { StackError } from '../../errors.js'
import { assertSameShape } from '../assert-same-shape.js'
import { selectPixels } from '../select-pixels.js'
import type { KernelPixels } from '../../frame/pixel-data.js'
import type { Region } from '../../frame/region.js'
import type { Shape } from '../../frame/shape.js'
import type { DefectMap } from '../../maps/maps.js'
import type { Unknowns } from '../figure.js'
import type { MeasurableFrame } from '../measurable-frame.js'
import type { PixelCounts, PixelSelection } from '../select-pixels.js'

export interface StackStatisticsOptions {
  /** Pixels that frame means and mean variances are taken over. @default the whole frame */
  readonly region?: Region
}

/** What a stack of frames taken under one condition comes to. The two arrays hold every pixel, bad ones too. */
export interface StackStatistics extends PixelCounts {
  readonly shape: Shape
  readonly frames: number
  /** Mean over the frames, DN; NaN where a pixel was not finite in some frame. */
  readonly mean: Float32Array
  /** Temporal variance of each pixel, ddof 1, DN^2, as it is (no frame-mean correction); null from one frame. */
  readonly variance: Float32Array | null
  /** Mean over the good pixels of each frame, DN, in the order of the frames. */
  readonly frameMeansDn: readonly number[]
  readonly meanDn: number | null
  /** Mean temporal variance after each frame was brought to the mean of all: what light or offset that drifts adds is left out. */
  readonly temporalVarianceDn2: number | null
  /** The same without that correction. */
  readonly uncorrectedTemporalVarianceDn2: number | null
  readonly unknown: Unknowns
}

/** Takes frames one after the other; see `createStackStatistics`. */
export interface StackStatisticsBuilder {
  /**
   * Take one more frame; it is not kept.
   * @throws {ShapeError} ERR_SHAPE when it is malformed or has another shape than the defect map or the first
   */
  add(frame: MeasurableFrame): void
  /**
   * The statistics of the frames so far; more may be added afterwards.
   * @throws {StackError} ERR_STACK without a frame
   */
  result(): StackStatistics
}

/** Sums of (frame - first frame), so that neither the level nor the number of frames costs digits. */
interface Sums {
  readonly shape: Shape
  readonly pivot: Float32Array
  readonly first: Float64Array
  readonly second: Float64Array
  readonly pivotMean: number
}

/**
 * Accumulate mean and temporal variance of a stack, frame by frame, about the first frame: exact for integers up to
 * 2^53 / 65535^2 = 2 097 216 frames. With f the mean over the good pixels of a frame, the mean variance of (frame - f) is
 * the mean variance of the frames less the variance of f over the stack; both are given.
 * @param defects bad pixels count in no mean; null: no map
 * @returns `add(frame)` and `result()`; 24 bytes a pixel are held
 * @throws {OptionError} ERR_OPTION, at the first frame, when the region is not inside it
 * @see EMVA 1288 release 4.0 Linear, 8 (2021): mean image and temporal variance of a stack
 */
export function createStackStatistics(defects: DefectMap | null, { region }: StackStatisticsOptions = {}): StackStatisticsBuilder {
  const frameMeans: number[] = []
  let sums: Sums | null = null
  return {
    add(frame) {
      const selection = selectPixels('frame', frame, defects, region)
      sums ??= startSums(selection)
      assertSameShape('frame', selection.shape, sums.shape)
      frameMeans.push(addFrame(sums, selection))
    },
    result() {
      if (sums === null) throw new StackError({ subject: 'stack', expected: 'at least one frame', received: 'none' })
      return finish(sums, frameMeans, defects, region)
    }
  }
}

function startSums({ data, shape, good }: PixelSelection): Sums {
  const n = data.length
  let sum = 0
  let count = 0
  for (let i = 0; i < n; i++) {
    if (good[i] === 0) continue
    sum += data[i]
    count++
  }
  return { shape, pivot: Float32Array.from(data), first: new Float64Array(n), second: new Float64Array(n), pivotMean: sum / count }
}

/** Adds a frame and gives its mean; a pixel that is not finite here or in the first frame does not move that mean. */
function addFrame({ pivot, first, second, pivotMean }: Sums, { data, good }: PixelSelection): number {
  let sum = 0
  let count = 0
  for (let i = 0; i < pivot.length; i++) {
    const deviation = data[i] - pivot[i]
    first[i] += deviation
    second[i] += deviation * deviation
    if (good[i] !== 0 && deviation - deviation === 0) {
      sum += deviation
      count++
    }
  }
  return pivotMean + sum / count
}

function finish(sums: Sums, frameMeans: readonly number[], defects: DefectMap | null, region?: Region): StackStatistics {
  const frames = frameMeans.length
  const mean = meanOf(sums, frames)
  const variance = frames > 1 ? varianceOf(sums, frames) : null
  const { good, counts } = selectPixels('frame', { data: mean, shape: sums.shape }, defects, region)
  const meanDn = meanOver(mean, good, counts.usedPixels)
  const uncorrected = variance && meanOver(variance, good, counts.usedPixels)
  const corrected = uncorrected === null ? null : uncorrected - varianceOfMeans(frameMeans)
  const reason = counts.usedPixels === 0 ? 'no good pixel' : 'one frame has no temporal variance'
  return {
    ...counts,
    shape: sums.shape,
    frames,
    mean,
    variance,
    frameMeansDn: [...frameMeans],
    meanDn,
    temporalVarianceDn2: corrected,
    uncorrectedTemporalVarianceDn2: uncorrected,
    unknown: {
      ...(meanDn === null ? { meanDn: reason } : {}),
      ...(uncorrected === null ? { temporalVarianceDn2: reason, uncorrectedTemporalVarianceDn2: reason } : {})
    }
  }
}

function meanOf({ pivot, first }: Sums, frames: number): Float32Array {
  const out = new Float32Array(pivot.length)
  for (let i = 0; i < out.length; i++) {
    const value = pivot[i] + first[i] / frames
    out[i] = value - value === 0 ? value : NaN
  }
  return out
}

function varianceOf({ first, second }: Sums, frames: number): Float32Array {
  const out = new Float32Array(first.length)
  for (let i = 0; i < out.length; i++) {
    const squares = second[i] - (first[i] * first[i]) / frames
    // Rounding may leave a constant float a hair below 0; a NaN stays one.
    out[i] = squares < 0 ? 0 : squares / (frames - 1)
  }
  return out
}

function meanOver(values: KernelPixels, good: Uint8Array, used: number): number | null {
  if (used === 0) return null
  let sum = 0
  for (let i = 0; i < values.length; i++) if (good[i] !== 0) sum += values[i]
  return sum / used
}

/** Variance of the frame means over the stack, ddof 1. */
export function varianceOfMeans(frameMeans: readonly number[]): number {
  const n = frameMeans.length
  const centre = frameMeans.reduce((sum, value) => sum + value, 0) / n
  return frameMeans.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (n - 1)
}
