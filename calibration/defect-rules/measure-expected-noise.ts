import { chiSquareQuantile } from '../../lib/kernels/chi-square-quantile.js'
import { rowMedians } from '../../lib/kernels/row-medians.js'
import { robustMedian } from '../../lib/maps/robust-median.js'
import type { StackSummary } from '../stack-summary.js'
import type { DefectContext } from './defect-context.js'
import type { ExpectedNoise } from './expected-noise.js'

/** Lines with fewer good pixels than this say too little on their own noise. */
const LEAST = 32
/** Rows or columns whose ratios are taken together. */
const BLOCK = 32

/**
 * Noise that every pixel should have, from its surroundings and never from itself.
 *
 * Darks: one sigma for the panel times a factor per line. Flats: variance a + b * signal (photon transfer), a from the
 * darks, b from the median of (s^2 - a) / signal over the good pixels, times a factor per line. The factor is the
 * larger of those of the pixel's column (in its read-out half) and row, each the median of s over what the model says:
 * a noisier column is not a column of noisy pixels. Medians of s are freed of their bias for n frames by the exact chi-square
 * median. Rounding gives a pixel of no noise to speak of an sd of up to half a step: nothing below that is expected.
 * @see EMVA Standard 1288, release 4.0, 2021, photon transfer
 * @see ASTM E2597/E2597M-14, which compares with the median of the panel
 */
export function measureExpectedNoise(context: DefectContext): ExpectedNoise {
  const { darks, flats, bad, levels } = context
  const level = robustMedian(darks.location, bad)
  const darkNoise = darks.sd === null ? null : expectAround(context, darks, darks.sd, panelNoise(context, darks.sd, darks.frames), level)
  const flatNoise = flats.map((flat, l) => {
    if (flat.sd === null) return null
    return expectAround(context, flat, flat.sd, photonTransfer(context, flat, flat.sd, darkNoise), level + levels[l])
  })
  return { darks: darkNoise, flats: flatNoise }
}

/** Median of s / sigma over n frames. */
function medianRatio(frames: number): number {
  return Math.sqrt(chiSquareQuantile(frames - 1, 0.5) / (frames - 1))
}

function panelNoise({ bad }: DefectContext, sd: Float32Array, frames: number): Float32Array {
  return new Float32Array(sd.length).fill(robustMedian(sd, bad) / medianRatio(frames))
}

/** sqrt(a + b * signal); without darks a is 0 or, where the flat holds a wide range of signals, what its noise shows. */
function photonTransfer(context: DefectContext, flat: StackSummary, sd: Float32Array, darkNoise: Float32Array | null): Float32Array {
  const { location, frames } = flat
  const bias = medianRatio(frames) ** 2
  const excluded = usable(context, flat)
  const constant = darkNoise === null ? interceptOf(location, sd, excluded, bias) : 0
  const ratios = new Float32Array(location.length)
  for (let i = 0; i < ratios.length; i++) {
    const dark = darkNoise === null ? constant : darkNoise[i] * darkNoise[i]
    ratios[i] = (sd[i] * sd[i] - bias * dark) / (bias * location[i])
  }
  const slope = Math.max(0, robustMedian(ratios, excluded))
  const out = new Float32Array(location.length)
  for (let i = 0; i < out.length; i++) {
    const dark = darkNoise === null ? constant : darkNoise[i] * darkNoise[i]
    out[i] = Math.sqrt(dark + slope * Math.max(0, location[i]))
  }
  return out
}

/** Variance at signal 0 from the lower and the upper half of the signals, where these differ by a factor of 1.5 or more. */
function interceptOf(location: Float32Array, sd: Float32Array, excluded: Uint8Array, bias: number): number {
  const middle = robustMedian(location, excluded)
  const halves = [0, 1].map((upper) => {
    const outside = excluded.map((bad, i) => (bad !== 0 || (location[i] > middle ? 1 : 0) !== upper ? 1 : 0))
    const noise = robustMedian(sd, outside)
    return { signal: robustMedian(location, outside), variance: (noise * noise) / bias }
  })
  const [low, high] = halves
  if (!(high.signal > 1.5 * low.signal)) return 0
  return Math.max(0, low.variance - (low.signal * (high.variance - low.variance)) / (high.signal - low.signal))
}

/** 1 for what must not enter the fit: bad pixels, and pixels that saturate in this stack. */
function usable({ bad }: DefectContext, { saturated }: StackSummary): Uint8Array {
  const out = new Uint8Array(bad.length)
  for (let i = 0; i < out.length; i++) out[i] = bad[i] !== 0 || saturated[i] !== 0 ? 1 : 0
  return out
}

/** Multiply the model by the factors of the lines. */
function expectAround(context: DefectContext, stack: StackSummary, sd: Float32Array, model: Float32Array, level: number): Float32Array {
  const { shape, options, quantum } = context
  const [rows, cols] = shape
  const excluded = usable(context, stack)
  const bias = medianRatio(stack.frames)
  const split = options.midline ?? rows
  const across = rowFactors(sd, model, bias, excluded, rows, cols)
  const [upper, lower] = columnFactors(sd, model, bias, excluded, rows, cols, split)
  // Frame factors and the float32 store leave traces in frames without noise.
  const floor = Math.max(quantum / 2, 1e-6 * Math.abs(level))
  for (let row = 0, i = 0; row < rows; row++) {
    const along = row < split ? upper : lower
    const own = across[row]
    for (let col = 0; col < cols; col++, i++) {
      const expected = model[i] * (along[col] > own ? along[col] : own)
      model[i] = expected < floor ? floor : expected
    }
  }
  return model
}

/** Median of s over what the model says of every row; 1 where fewer than 32 pixels are usable. */
function rowFactors(sd: Float32Array, model: Float32Array, bias: number, excluded: Uint8Array, rows: number, cols: number): Float32Array {
  const out = new Float64Array(rows)
  const ratio = new Float32Array(BLOCK * cols)
  for (let row = 0; row < rows; row += BLOCK) {
    const end = Math.min(rows, row + BLOCK)
    for (let i = row * cols, k = 0; i < end * cols; i++, k++) ratio[k] = sd[i] / (bias * model[i])
    rowMedians(ratio, excluded.subarray(row * cols, end * cols), 0, cols, cols, LEAST, 1, out.subarray(row, end))
  }
  return Float32Array.from(out)
}

/** The same of every column, in the rows before `split` and in the others. */
function columnFactors(
  sd: Float32Array,
  model: Float32Array,
  bias: number,
  excluded: Uint8Array,
  rows: number,
  cols: number,
  split: number
): [Float32Array, Float32Array] {
  const upper = new Float64Array(cols)
  const lower = new Float64Array(cols)
  // A line more, so that the columns do not all fall upon the same places of the cache.
  const stride = rows + 16
  const ratio = new Float32Array(BLOCK * stride)
  const turned = new Uint8Array(BLOCK * stride)
  for (let col = 0; col < cols; col += BLOCK) {
    const end = Math.min(cols, col + BLOCK)
    for (let row = 0; row < rows; row++) {
      for (let i = row * cols + col, last = row * cols + end, k = row; i < last; i++, k += stride) {
        ratio[k] = sd[i] / (bias * model[i])
        turned[k] = excluded[i]
      }
    }
    rowMedians(ratio, turned, 0, split, stride, LEAST, 1, upper.subarray(col, end))
    rowMedians(ratio, turned, split, rows - split, stride, LEAST, 1, lower.subarray(col, end))
  }
  return [Float32Array.from(upper), Float32Array.from(lower)]
}
