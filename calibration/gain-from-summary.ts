import { CalibrationError, OptionError, ShapeError } from '../lib/errors.js'
import type { Region } from '../lib/frame/region.js'
import { medianOf } from '../lib/kernels/median-of.js'
import type { GainMap, PixelMap } from '../lib/maps/maps.js'
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
 * 0 for every other, which is no good pixel. One sigma: gain * sqrt(var signal + var offset) / signal.
 * @param bad not 0 where a pixel does not count for the reference; null: not known yet
 * @param offsetErrors one sigma of the offset map, DN; null: unknown, and so are the errors of the gain
 * @throws {CalibrationError} ERR_CALIBRATION when no good pixel has a signal
 * @throws {OptionError} ERR_OPTION for an unknown statistic
 * @throws {ShapeError} ERR_SHAPE for a region that leaves the frame
 */
export function gainFromSummary(
  summary: StackSummary,
  offsetErrors: Float32Array | null,
  bad: Uint8Array | null,
  options: ReferenceOptions = {}
): { gain: GainMap; gainErrors: PixelMap | null } {
  const { shape, location, locationErrors } = summary
  const { reference: statistic = bad ? 'mean' : 'median', region = { row: 0, col: 0, rows: shape[0], cols: shape[1] } } = options
  const reference = referenceOf(summary, bad, statistic, region)
  const data = gainOf(summary, reference)
  if (offsetErrors === null || locationErrors === null) return { gain: { data, shape, reference }, gainErrors: null }
  const errors = new Float32Array(location.length)
  for (let i = 0; i < errors.length; i++) {
    if (data[i] > 0) errors[i] = finiteOr0((data[i] * hypotenuse(locationErrors[i], offsetErrors[i])) / location[i])
  }
  return { gain: { data, shape, reference }, gainErrors: { data: errors, shape } }
}

function gainOf({ location, saturated, frames }: StackSummary, reference: number): Float32Array {
  const most = SATURATED_LIMIT * frames
  const data = new Float32Array(location.length)
  for (let i = 0; i < data.length; i++) {
    const signal = location[i]
    if (signal > 0 && signal < Infinity && saturated[i] <= most) data[i] = finiteOr0(reference / signal)
  }
  return data
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

function referenceOf(
  summary: StackSummary,
  bad: Uint8Array | null,
  statistic: 'mean' | 'median',
  region: Region
): number {
  assertInside(region, summary.shape)
  const values = statistic === 'median' ? new Float32Array(region.rows * region.cols) : null
  const [sum, count] = addSignals(summary, bad, region, values)
  if (count === 0) {
    throw new CalibrationError({ subject: 'gain map', expected: 'at least one good pixel with a signal above the offset', received: 'none' })
  }
  if (statistic === 'mean') return sum / count
  if (values === null) {
    throw new OptionError({ subject: 'option "reference"', expected: '"mean" or "median"', received: String(statistic) })
  }
  return medianOf(values, count)
}

/** Sum and number of the good pixels of a region that have a signal; `values` receives their signals. */
function addSignals(
  { shape, location, saturated, frames }: StackSummary,
  bad: Uint8Array | null,
  { row, col, rows, cols }: Region,
  values: Float32Array | null
): [number, number] {
  const most = SATURATED_LIMIT * frames
  let sum = 0
  let count = 0
  for (let start = row * shape[1] + col, end = start + rows * shape[1]; start < end; start += shape[1]) {
    for (let i = start; i < start + cols; i++) {
      const signal = location[i]
      if (!(signal > 0 && signal < Infinity && saturated[i] <= most) || (bad !== null && bad[i] !== 0)) continue
      sum += signal
      if (values !== null) values[count] = signal
      count++
    }
  }
  return [sum, count]
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
