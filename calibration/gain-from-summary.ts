import { CalibrationError, OptionError, ShapeError } from '../lib/errors.js'
import type { Region } from '../lib/frame/region.js'
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
  const { shape, location, locationErrors, saturated, frames } = summary
  const { reference: statistic = bad ? 'mean' : 'median', region = { row: 0, col: 0, rows: shape[0], cols: shape[1] } } = options
  const usable = new Uint8Array(location.length)
  for (let i = 0; i < usable.length; i++) {
    usable[i] = location[i] > 0 && location[i] < Infinity && saturated[i] <= SATURATED_LIMIT * frames ? 1 : 0
  }
  const reference = referenceOf(summary, usable, bad, statistic, region)
  const data = new Float32Array(location.length)
  for (let i = 0; i < data.length; i++) data[i] = usable[i] === 1 ? finiteOr0(reference / location[i]) : 0
  if (offsetErrors === null || locationErrors === null) return { gain: { data, shape, reference }, gainErrors: null }
  const errors = new Float32Array(location.length)
  for (let i = 0; i < data.length; i++) {
    if (data[i] > 0) errors[i] = finiteOr0((data[i] * Math.hypot(locationErrors[i], offsetErrors[i])) / location[i])
  }
  return { gain: { data, shape, reference }, gainErrors: { data: errors, shape } }
}

/** A signal so small that its gain has no float32 gives no gain. */
function finiteOr0(value: number): number {
  const stored = Math.fround(value)
  return stored - stored === 0 ? stored : 0
}

function referenceOf(
  { shape, location }: StackSummary,
  usable: Uint8Array,
  bad: Uint8Array | null,
  statistic: 'mean' | 'median',
  region: Region
): number {
  assertInside(region, shape)
  const values: number[] = []
  let sum = 0
  for (let row = region.row; row < region.row + region.rows; row++) {
    for (let i = row * shape[1] + region.col; i < row * shape[1] + region.col + region.cols; i++) {
      if (usable[i] === 0 || (bad !== null && bad[i] !== 0)) continue
      sum += location[i]
      values.push(location[i])
    }
  }
  if (values.length === 0) {
    throw new CalibrationError({ subject: 'gain map', expected: 'at least one good pixel with a signal above the offset', received: 'none' })
  }
  if (statistic === 'mean') return sum / values.length
  if (statistic !== 'median') {
    throw new OptionError({ subject: 'option "reference"', expected: '"mean" or "median"', received: String(statistic) })
  }
  const sorted = Float64Array.from(values).sort()
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2
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
