import { chiSquareQuantile } from '../../lib/kernels/statistics/chi-square-quantile.js'
import { rowMedians } from '../../lib/kernels/median/row-medians.js'
import { transposeF32 } from '../../lib/kernels/map/transpose-f32.js'
import { transposeU8 } from '../../lib/kernels/map/transpose-u8.js'
import type { Shape } from '../../lib/frame/shape.js'
import { robustMedian } from '../../lib/maps/robust-median.js'
import { inParts } from '../in-parts.js'
import type { StackSummary } from '../stack-summary.js'
import type { DefectContext } from './defect-context.js'
import type { ExpectedNoise } from './expected-noise.js'
import { unusablePixels } from './unusable-pixels.js'

/** Lines with fewer good pixels than this say too little on their own noise. */
const LEAST = 32
/** Columns whose ratios are turned together. */
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
  const { darks, flats, bad, levels, shape } = context
  const level = robustMedian(darks.location, bad)
  const turnedBad = turned(bad, shape)
  const expect = (stack: StackSummary, model: Float32Array, level: number): Float32Array => {
    const excluded = unusablePixels(bad, [stack])
    return expectAround(context, stack, excluded, excluded === bad ? turnedBad : turned(excluded, shape), model, level)
  }
  const darkNoise = darks.sd === null ? null : expect(darks, panelNoise(context, darks.sd, darks.frames), level)
  const flatNoise = flats.map((flat, l) => flat.sd && expect(flat, photonTransfer(context, flat, flat.sd, darkNoise), level + levels[l]))
  return { darks: darkNoise, flats: flatNoise }
}

/** Flags of the panel laid on its side. */
function turned(excluded: Uint8Array, [rows, cols]: Shape): Uint8Array {
  const out = new Uint8Array(excluded.length)
  transposeU8(excluded, rows, cols, out)
  return out
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
  const excluded = unusablePixels(context.bad, [flat])
  const constant = darkNoise === null ? interceptOf(location, sd, excluded, bias) : 0
  const ratios = context.scratch.take()
  inParts(ratios.length, (from, to) => quantumRatiosTo(location, sd, darkNoise, constant, bias, ratios, from, to))
  const slope = Math.max(0, robustMedian(ratios, excluded))
  context.scratch.give(ratios)
  const out = new Float32Array(location.length)
  inParts(out.length, (from, to) => transferTo(location, darkNoise, constant, slope, out, from, to))
  return out
}

/** (s^2 - a) / signal. */
function quantumRatiosTo(
  location: Float32Array,
  sd: Float32Array,
  darkNoise: Float32Array | null,
  constant: number,
  bias: number,
  out: Float32Array,
  from: number,
  to: number
): void {
  if (darkNoise === null) for (let i = from; i < to; i++) out[i] = (sd[i] * sd[i] - bias * constant) / (bias * location[i])
  else for (let i = from; i < to; i++) out[i] = (sd[i] * sd[i] - bias * (darkNoise[i] * darkNoise[i])) / (bias * location[i])
}

function transferTo(
  location: Float32Array,
  darkNoise: Float32Array | null,
  constant: number,
  slope: number,
  out: Float32Array,
  from: number,
  to: number
): void {
  if (darkNoise === null) for (let i = from; i < to; i++) out[i] = Math.sqrt(constant + slope * Math.max(0, location[i]))
  else for (let i = from; i < to; i++) out[i] = Math.sqrt(darkNoise[i] * darkNoise[i] + slope * Math.max(0, location[i]))
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

/** Multiply the model by the factors of the lines. */
function expectAround(
  context: DefectContext,
  stack: StackSummary,
  excluded: Uint8Array,
  turnedExcluded: Uint8Array,
  model: Float32Array,
  level: number
): Float32Array {
  const {
    shape: [rows, cols],
    options,
    quantum,
    scratch
  } = context
  const split = options.midline ?? rows
  const ratio = scratch.take()
  const bias = medianRatio(stack.frames)
  inParts(ratio.length, (from, to) => ratiosTo(stack.sd!, model, bias, ratio, from, to))
  const across = new Float64Array(rows)
  rowMedians(ratio, excluded, 0, cols, cols, LEAST, 1, across)
  const [upper, lower] = columnFactors(ratio, turnedExcluded, rows, cols, split)
  scratch.give(ratio)
  // Frame factors and the float32 store leave traces in frames without noise.
  const floor = Math.max(quantum / 2, 1e-6 * Math.abs(level))
  const own = Float32Array.from(across)
  const factors = new Float32Array(cols)
  for (let row = 0; row < rows; row++) {
    largerOf(row < split ? upper : lower, own, row, factors)
    raiseRow(model, row * cols, factors, floor)
  }
  return model
}

function ratiosTo(sd: Float32Array, model: Float32Array, bias: number, out: Float32Array, from: number, to: number): void {
  for (let i = from; i < to; i++) out[i] = sd[i] / (bias * model[i])
}

function raiseRow(model: Float32Array, start: number, factors: Float32Array, floor: number): void {
  for (let col = 0, i = start; col < factors.length; col++, i++) model[i] = Math.max(floor, model[i] * factors[col])
}

/** The larger of each factor and one other; none is negative, so that their bits order like the numbers: no branch to predict. */
function largerOf(factors: Float32Array, others: Float32Array, k: number, out: Float32Array): void {
  const bits = new Int32Array(factors.buffer)
  const outBits = new Int32Array(out.buffer)
  const other = new Int32Array(others.buffer)[k]
  for (let col = 0; col < outBits.length; col++) {
    const more = bits[col] - other
    outBits[col] = other + (more & ~(more >> 31))
  }
}

/** Median of s over what the model says of every column, in the rows before `split` and in the others; 1 where fewer than 32 are usable. */
function columnFactors(
  ratio: Float32Array,
  turnedExcluded: Uint8Array,
  rows: number,
  cols: number,
  split: number
): [Float32Array, Float32Array] {
  const upper = new Float64Array(cols)
  const lower = new Float64Array(cols)
  const strip = new Float32Array(Math.min(cols, BLOCK) * rows)
  for (let col = 0; col < cols; col += BLOCK) {
    const end = Math.min(cols, col + BLOCK)
    transposeF32(ratio, rows, cols, strip, col, end)
    const excluded = turnedExcluded.subarray(col * rows, end * rows)
    rowMedians(strip, excluded, 0, split, rows, LEAST, 1, upper.subarray(col, end))
    if (split < rows) rowMedians(strip, excluded, split, rows - split, rows, LEAST, 1, lower.subarray(col, end))
  }
  return [Float32Array.from(upper), Float32Array.from(lower)]
}
