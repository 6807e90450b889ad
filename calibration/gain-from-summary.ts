import { CalibrationError, OptionError, ShapeError } from '../lib/errors.js'
import type { Region } from '../lib/frame/region.js'
import { medianOf } from '../lib/kernels/median/median-of.js'
import { badPixels } from '../lib/maps/bad-pixels.js'
import { DEFECT_FLAGS } from '../lib/maps/defect-flags.js'
import type { DefectMap, GainMap, PixelMap } from '../lib/maps/maps.js'
import { inParts } from './in-parts.js'
import type { StackSummary } from './stack-summary.js'

/** What brings the gain map to its level. */
export interface ReferenceOptions {
  /**
   * Statistic of the signal of the good pixels that becomes the reference level.
   * @default "mean" when bad pixels are known, "median" before
   */
  readonly reference?: 'mean' | 'median'
  /** Pixels that define the reference. @default the whole field */
  readonly region?: Region
}

/** Share of the flats in which a pixel may saturate before its mean signal is worthless. */
const SATURATED_LIMIT = 0.1

/**
 * Gain = reference / signal for every pixel that has a signal: finite, above 0, saturated in at most 10 % of the frames;
 * 0 for every other, which is no good pixel, and for those that are not exposed. One sigma: gain * sqrt(var signal + var offset) / signal.
 * @param defects whose bad pixels do not count for the reference; null: not known yet
 * @param offsetErrors one sigma of the offset map, DN; null: unknown, and so are the errors of the gain
 * @throws {CalibrationError} ERR_CALIBRATION when no good pixel has a signal
 * @throws {OptionError} ERR_OPTION for an unknown statistic
 * @throws {ShapeError} ERR_SHAPE for a region that leaves the frame
 */
export function gainFromSummary(
  summary: StackSummary,
  offsetErrors: Float32Array | null,
  defects: DefectMap | null,
  options: ReferenceOptions = {}
): { gain: GainMap; gainErrors: PixelMap | null } {
  const { shape, location, locationErrors } = summary
  const bad = defects && badPixels(defects)
  const { reference: statistic = bad ? 'mean' : 'median', region = { row: 0, col: 0, rows: shape[0], cols: shape[1] } } = options
  const reference = referenceOf(summary, bad, statistic, region)
  const { length } = location
  const data = new Float32Array(length)
  inParts(length, (from, to) => fillGain(summary, reference, data, from, to))
  if (defects !== null) clearUnexposed(data, defects)
  if (offsetErrors === null || locationErrors === null) return { gain: { data, shape, reference }, gainErrors: null }
  const errors = new Float32Array(length)
  inParts(length, (from, to) => fillErrors(data, location, locationErrors, offsetErrors, errors, from, to))
  return { gain: { data, shape, reference }, gainErrors: { data: errors, shape } }
}

function fillGain({ location, saturated, frames }: StackSummary, reference: number, gain: Float32Array, from: number, to: number): void {
  const most = SATURATED_LIMIT * frames
  for (let i = from; i < to; i++) {
    const signal = location[i]
    if (signal > 0 && signal < Infinity && saturated[i] <= most) gain[i] = finiteOr0(reference / signal)
  }
}

function clearUnexposed(gain: Float32Array, { data }: DefectMap): void {
  for (let i = 0; i < gain.length; i++) if ((data[i] & DEFECT_FLAGS.unexposed) !== 0) gain[i] = 0
}

function fillErrors(
  gain: Float32Array,
  signal: Float32Array,
  signalErrors: Float32Array,
  offsetErrors: Float32Array,
  errors: Float32Array,
  from: number,
  to: number
): void {
  for (let i = from; i < to; i++) {
    if (gain[i] > 0) errors[i] = finiteOr0((gain[i] * hypotenuse(signalErrors[i], offsetErrors[i])) / signal[i])
  }
}

/** Two sigmas added in quadrature, with the steps and the rounding of Math.hypot, which takes ten times as long; NaN for two zeros. */
function hypotenuse(a: number, b: number): number {
  const most = a > b ? a : b
  const ratio = (a > b ? b : a) / most
  return Math.sqrt(1 + ratio * ratio) * most
}

/** A signal so small that its gain has no float32 gives no gain. */
function finiteOr0(value: number): number {
  const stored = Math.fround(value)
  return stored - stored === 0 ? stored : 0
}

function referenceOf(summary: StackSummary, bad: Uint8Array | null, statistic: 'mean' | 'median', region: Region): number {
  assertInside(region, summary.shape)
  const values = statistic === 'median' ? new Float32Array(region.rows * region.cols) : null
  const tally = new Float64Array(2)
  const { row, col, rows, cols } = region
  const start = row * summary.shape[1] + col
  for (let r = 0, at = start; r < rows; r++, at += summary.shape[1]) addSignals(summary, bad, at, at + cols, values, tally)
  const [sum, count] = tally
  if (count === 0) {
    throw new CalibrationError({
      subject: 'gain map',
      expected: 'at least one good pixel with a signal above the offset',
      received: 'none'
    })
  }
  if (statistic === 'mean') return sum / count
  if (values === null) {
    throw new OptionError({ subject: 'option "reference"', expected: '"mean" or "median"', received: String(statistic) })
  }
  return medianOf(values, count)
}

/** Add the signals of good pixels, and their number, to the tally; `values` receives them behind those that it has. */
function addSignals(
  { location, saturated, frames }: StackSummary,
  bad: Uint8Array | null,
  from: number,
  to: number,
  values: Float32Array | null,
  tally: Float64Array
): void {
  const most = SATURATED_LIMIT * frames
  let sum = tally[0]
  let count = tally[1]
  for (let i = from; i < to; i++) {
    if ((bad !== null && bad[i] !== 0) || saturated[i] > most) continue
    const signal = location[i]
    if (!(signal > 0 && signal < Infinity)) continue
    sum += signal
    if (values !== null) values[count] = signal
    count++
  }
  tally[0] = sum
  tally[1] = count
}

function assertInside({ row, col, rows, cols }: Region, shape: readonly [number, number]): void {
  const whole = [row, col, rows, cols].every((value) => Number.isInteger(value) && value >= 0) && rows > 0 && cols > 0
  if (whole && row + rows <= shape[0] && col + cols <= shape[1]) return
  throw new ShapeError({
    subject: 'option "region"',
    expected: `a rectangle inside [${shape.join(', ')}]`,
    received: `row ${row}, col ${col}, rows ${rows}, cols ${cols}`
  })
}
