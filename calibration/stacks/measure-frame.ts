import type { KernelPixels } from '../../lib/frame/pixel-data.js'
import type { Shape } from '../../lib/frame/shape.js'
import { countBelow } from './count-below.js'
import { measurePixels } from './measure-pixels.js'
import { medianAndSpread } from './median-and-spread.js'
import type { Sampling } from './plan-sampling.js'
import type { PlacedFrame } from './stack-store.js'

/** Whole-frame figures, before any map. */
export interface FrameStatistics {
  /** Mean of the finite pixels, raw DN; NaN when there are none. */
  readonly mean: number
  /** Spatial sd of the finite pixels, DN. */
  readonly sd: number
  /** Median of a regular subsample, raw DN. */
  readonly median: number
  /** 1.4826 * MAD of that subsample, DN. */
  readonly spread: number
  readonly minimum: number
  readonly maximum: number
  /** Pixels that have the maximum. */
  readonly atMaximum: number
  readonly pixels: number
  readonly notFinite: number
  readonly saturated: number
  /** Pixels above 95 % of saturation, without those that stand alone above a neighbourhood far below it. */
  readonly nearlySaturated: number
  /** Mean above that of the offset map, DN; null without one. */
  readonly signal: number | null
  /** Share of the pixels that fall below the offset map; null without one. */
  readonly belowOffset: number | null
}

/** What the figures of a frame refer to. */
export interface FrameReference {
  readonly shape: Shape
  readonly sampling: Sampling
  /** Raw DN; null: unknown. */
  readonly saturation: number | null
  /** Offset map and its mean, DN; null: none. */
  readonly offset: { readonly data: Float32Array; readonly mean: number } | null
}

/** Share of saturation from which a pixel is nearly saturated. */
const NEAR = 0.95
/** A pixel this far above its neighbourhood over-responds (ASTM E2597): its saturation says nothing of the exposure. */
const OVER_RESPONDING = 1.3

/**
 * Figures of one frame, and its values on the sampling grid.
 * @param placed where it stands in a store that also has the offset map; null: in none
 */
export function measureFrame(
  pixels: KernelPixels,
  { shape, sampling, saturation, offset }: FrameReference,
  placed: PlacedFrame | null = null
): { statistics: FrameStatistics; sample: Float32Array } {
  const level = saturation ?? Infinity
  const near = NEAR * level
  const sums = new Float64Array(9)
  measurePixels(pixels, near, level, sums, placed)
  const [sum, squares, pivot, minimum, maximum, atMaximum, nearly, notFinite, saturated] = sums
  const finite = pixels.length - notFinite
  const mean = sum / finite
  const sample = takeSample(pixels, sampling)
  const statistics = {
    mean,
    sd: finite > 1 ? Math.sqrt(Math.max(0, squares - finite * (mean - pivot) ** 2) / (finite - 1)) : 0,
    ...medianAndSpread(sample),
    minimum,
    maximum,
    atMaximum,
    pixels: pixels.length,
    notFinite,
    saturated,
    nearlySaturated: nearly === 0 ? 0 : countNearlySaturated(pixels, shape, sampling, sample, near, offset?.data ?? null),
    signal: offset ? mean - offset.mean : null,
    belowOffset: offset ? countBelow(pixels, offset.data, placed) / pixels.length : null
  }
  return { statistics, sample }
}

function takeSample(pixels: KernelPixels, { indices }: Sampling): Float32Array {
  const sample = new Float32Array(indices.length)
  for (let k = 0; k < indices.length; k++) sample[k] = pixels[indices[k]]
  return sample
}

/** Count block by block; a block whose median would not reach the limit even when over-responding has only defects. */
function countNearlySaturated(
  pixels: KernelPixels,
  [rows, cols]: Shape,
  sampling: Sampling,
  sample: Float32Array,
  near: number,
  offset: Float32Array | null
): number {
  const rowEdges = [cut(sampling.rows, blocksAlong(sampling.rows)), cut(rows, blocksAlong(sampling.rows))]
  const colEdges = [cut(sampling.cols, blocksAlong(sampling.cols)), cut(cols, blocksAlong(sampling.cols))]
  let count = 0
  for (let down = 0; down + 1 < rowEdges[0].length; down++) {
    for (let across = 0; across + 1 < colEdges[0].length; across++) {
      const values: number[] = []
      for (let row = rowEdges[0][down]; row < rowEdges[0][down + 1]; row++) {
        for (let col = colEdges[0][across]; col < colEdges[0][across + 1]; col++) values.push(sample[row * sampling.cols + col])
      }
      if (medianAndSpread(values).median * OVER_RESPONDING < near) continue
      for (let row = rowEdges[1][down]; row < rowEdges[1][down + 1]; row++) {
        for (let i = row * cols + colEdges[1][across]; i < row * cols + colEdges[1][across + 1]; i++) {
          if (pixels[i] > near && !(offset !== null && offset[i] > near / 2)) count++
        }
      }
    }
  }
  return count
}

/** First positions of `parts` equal parts of a length, and its end. */
function cut(length: number, parts: number): number[] {
  return Array.from({ length: parts + 1 }, (_, k) => Math.floor((k * length) / parts))
}

/** Blocks along a side: at most 8, each at least 16 grid points wide. */
function blocksAlong(points: number): number {
  return Math.min(8, Math.max(1, Math.floor(points / 16)))
}
