import { OptionError, StackError } from '../../errors.js'
import { BAD_PIXEL_BITS } from '../../maps/defect-flags.js'
import { assertEdgeOrientation } from './assert-edge-orientation.js'
import { cleanEdgeSpread } from './clean-edge-spread.js'
import { selectPixels } from '../select-pixels.js'
import { traceEdge } from './trace-edge.js'
import { samplingLoss, transferAt } from './transfer-at.js'
import type { Region } from '../../frame/region.js'
import type { DefectMap } from '../../maps/maps.js'
import type { CleanEdgeSpread } from './clean-edge-spread.js'
import type { EdgeOrientation } from './edge-lines.js'
import type { Unknowns } from '../figure.js'
import type { EdgeLine } from './locate-edge.js'
import type { MeasurableFrame } from '../measurable-frame.js'
import type { PixelCounts } from '../select-pixels.js'
import type { TracedEdge } from './trace-edge.js'
import type { LineSpread } from './transfer-at.js'

export interface MeasureMtfOptions {
  /** Pixel pitch in mm [between rows, between columns]; null: unknown, frequencies in cycles per pixel only. @default null */
  readonly pixelPitch?: readonly [number, number] | null
  /** Where to look for the edge; lines and window stay inside. @default the whole frame */
  readonly region?: Region
  /** `vertical`: the edge runs near the direction of the columns; `horizontal`: of the rows. @default the one with the stronger edge */
  readonly orientation?: EdgeOrientation | 'auto'
  /** Smallest and largest angle that is accepted, degrees; outside 1.5 to 10 a wider limit gives a warning. @default [1.5, 10] */
  readonly angleLimits?: readonly [number, number]
  /** Pixels on each side of the edge that count, whole; fewer where the region or another edge ends before. @default 64 */
  readonly halfWidth?: number
  /** Weights of the line spread function. `hann` lowers noise and hides glare. @default 'rectangular' */
  readonly window?: 'rectangular' | 'hann'
  /** Divide by sinc(2u/4) sinc(u/4) for central differences and bins of a quarter pixel. @default true */
  readonly corrected?: boolean
  /** Frequencies of the curve, cycles per pixel, 0 to 1, rising. @default 0 to 0.5 in steps of 0.01 */
  readonly frequencies?: readonly number[]
}

/** One value of the curve. */
export interface MtfPoint {
  /** Along the normal of the edge; null where the pixel pitch is unknown. */
  readonly frequencyPerMm: number | null
  readonly frequencyPerPixel: number
  readonly mtf: number
  /** Standard deviation that pixel noise gives, taken as white. */
  readonly mtfSd: number
}

/** Counts are those of the pixels within the window about the edge. */
export interface Mtf extends PixelCounts {
  readonly curve: readonly MtfPoint[]
  readonly mtf50PerPixel: number | null
  readonly mtf50PerMm: number | null
  readonly mtf10PerPixel: number | null
  readonly mtf10PerMm: number | null
  readonly orientation: EdgeOrientation
  /** From the columns (vertical) or rows (horizontal), on the panel; positive: towards higher columns (rows) going on. */
  readonly angleDegrees: number
  /** `rising`: the signal grows with the column (vertical) or row (horizontal). */
  readonly polarity: 'rising' | 'falling'
  /** The rows and columns that were used; the window follows the edge inside. */
  readonly usedRegion: Region
  /** Lines (rows of a vertical edge, columns of a horizontal one) used: as many as make whole phase cycles. */
  readonly lines: number
  readonly phaseCycles: number
  readonly halfWidthPixels: number
  readonly window: 'rectangular' | 'hann'
  readonly corrections: readonly string[]
  /** Levels far from the edge on its darker and brighter side. */
  readonly lowDn: number
  readonly highDn: number
  /** 100 (high - low) / high. */
  readonly edgeContrastPercent: number | null
  /** Sd of a bin of the edge spread function, far from the edge. */
  readonly esfNoiseDn: number
  /** Largest way back of the edge spread function, of the step: noise, or overshoot from sharpening. */
  readonly esfReversalPercent: number
  /** Empty bins filled from their neighbours. */
  readonly interpolatedBins: number
  /** Edge spread function for drawing: distance from the edge along its normal, mean signal. */
  readonly edgeSpread: { readonly distancePixels: readonly number[]; readonly signalDn: readonly number[] }
  readonly warnings: readonly string[]
  readonly unknown: Unknowns
}

type Window = 'rectangular' | 'hann'

const USUAL_ANGLES = [1.5, 10] as const
const NYQUIST = Array.from({ length: 51 }, (_, i) => i / 100)
/** Below this many phase cycles the result depends on where the edge happens to stand. */
const ENOUGH_CYCLES = 10

/**
 * Measure the presampling modulation transfer function by the slanted-edge method: the edge is found, its angle fitted through the
 * centroids of its lines, the edge spread function sampled along the normal in bins of a quarter pixel, differentiated centrally, and
 * MTF(u) = |sum LSF e^(-2 pi i u x)| / |sum LSF| / (sinc(2u/4) sinc(u/4)), u along the normal.
 * Lines make whole phase cycles. Both orientations and both polarities; a falling edge gives the same curve. Far tails (glare) beyond the
 * window are not seen: the window stands in the result.
 * @param frame corrected, linear in exposure, DN; an opaque edge aslant by 1.5 to 3 degrees serves best
 * @param defects bad pixels never count, repaired or not; null: no map, every pixel counts
 * @returns the curve with what it rests on; mtf50 and mtf10 are null, with a reason in `unknown`, where the curve does not fall so far
 * @throws {StackError} ERR_STACK without an edge, with its angle when that is outside the limits, or when the window cannot be filled
 * @throws {ShapeError} ERR_SHAPE when frame and defect map differ in shape
 * @throws {OptionError} ERR_OPTION when an option is out of range
 * @see IEC 62220-1-1:2015 as publicly described, modulation transfer function from a slanted edge
 * @see Samei, Flynn, Reimann, A method for measuring the presampled MTF of digital radiographic systems, Med. Phys. 25(1) 102, 1998
 */
export function measureMtf(frame: MeasurableFrame, defects: DefectMap | null, options: MeasureMtfOptions = {}): Mtf {
  const { pixelPitch = null, region, orientation = 'auto', angleLimits = USUAL_ANGLES } = options
  const { halfWidth = 64, window = 'rectangular', corrected = true, frequencies = NYQUIST } = options
  assertEdgeOrientation(orientation)
  assertNumbers(pixelPitch, angleLimits, halfWidth, frequencies)
  if (window !== 'rectangular' && window !== 'hann') refuse('window', "'rectangular' or 'hann'", window)
  const selection = selectPixels('frame', frame, defects, region)
  const traced = traceEdge(selection, orientation)
  // A slope in pixels is one in mm once both pitches are known.
  const aspect = pixelPitch === null ? 1 : aspectOf(traced.orientation, pixelPitch)
  const angle = Math.atan(traced.line.slope * aspect)
  assertAngle(traced.orientation, toDegrees(angle), angleLimits)
  const line = wholeCycles(traced.line, toDegrees(angle))
  const cycles = Math.round((line.end - line.first) * Math.abs(line.slope))
  const flags = defects ? defects.data : null
  const isBad = (at: number): boolean => flags !== null && (flags[at] & BAD_PIXEL_BITS) !== 0
  const spread = cleanEdgeSpread(traced.view, line, Math.cos(angle), halfWidth, isBad)
  const lsf = differentiate(spread, window)
  const pitch = pixelPitch === null ? null : pixelPitch[traced.orientation === 'vertical' ? 1 : 0]
  const unknown: Record<string, string> = pitch === null ? { frequencyPerMm: 'the pixel pitch is unknown' } : {}
  const last = frequencies[frequencies.length - 1]
  const at50 = crossing('mtf50', 0.5, (u) => transferAt(lsf, u, corrected), last, unknown)
  const at10 = crossing('mtf10', 0.1, (u) => transferAt(lsf, u, corrected), last, unknown)
  return {
    curve: frequencies.map((u) => {
      const mtf = transferAt(lsf, u, corrected)
      const mtfSd = noiseAt(spread, window, u, mtf, corrected)
      return { frequencyPerMm: pitch === null ? null : u / pitch, frequencyPerPixel: u, mtf, mtfSd }
    }),
    mtf50PerPixel: at50,
    mtf50PerMm: perMm('mtf50', at50, pitch, unknown),
    mtf10PerPixel: at10,
    mtf10PerMm: perMm('mtf10', at10, pitch, unknown),
    orientation: traced.orientation,
    angleDegrees: toDegrees(angle),
    polarity: line.step > 0 ? 'rising' : 'falling',
    usedRegion: regionOf(traced, line, spread.halfWidth / Math.cos(angle), selection.region),
    lines: line.end - line.first,
    phaseCycles: cycles,
    halfWidthPixels: spread.halfWidth,
    window,
    corrections: corrected ? ['central difference: sinc(2u/4)', 'mean over a quarter pixel: sinc(u/4)'] : [],
    ...levelsOf(spread),
    esfNoiseDn: spread.noise,
    esfReversalPercent: spread.reversalPercent,
    interpolatedBins: spread.interpolatedBins,
    edgeSpread: { distancePixels: Array.from(spread.value, (_, i) => spread.start + i / 4), signalDn: Array.from(spread.value) },
    usedPixels: spread.usedPixels,
    defectivePixels: spread.defectivePixels,
    nonFinitePixels: spread.nonFinitePixels,
    warnings: warningsOf(toDegrees(angle), cycles, spread),
    unknown
  }
}

function refuse(name: string, expected: string, received: unknown): never {
  throw new OptionError({ subject: `option "${name}"`, expected, received: String(received) })
}

function assertNumbers(
  pitch: readonly [number, number] | null,
  limits: readonly [number, number],
  halfWidth: number,
  frequencies: readonly number[]
): void {
  if (pitch?.some((side) => !(side > 0 && side < Infinity))) refuse('pixelPitch', 'mm above 0', pitch.join(', '))
  if (!(limits[0] > 0 && limits[0] < limits[1] && limits[1] <= 45))
    refuse('angleLimits', 'rising degrees above 0 up to 45', limits.join(', '))
  if (!(Number.isInteger(halfWidth) && halfWidth >= 8 && halfWidth <= 4096)) refuse('halfWidth', 'whole pixels from 8 to 4096', halfWidth)
  const rising = frequencies.every((u, i) => u >= 0 && u <= 1 && (i === 0 || u > frequencies[i - 1]))
  if (!rising || frequencies.length === 0) refuse('frequencies', 'rising cycles per pixel from 0 to 1', frequencies.join(', ') || 'none')
}

function aspectOf(orientation: EdgeOrientation, [rowPitch, colPitch]: readonly [number, number]): number {
  return orientation === 'vertical' ? colPitch / rowPitch : rowPitch / colPitch
}

function toDegrees(angle: number): number {
  return (angle * 180) / Math.PI
}

function assertAngle(orientation: EdgeOrientation, degrees: number, [least, most]: readonly [number, number]): void {
  // As it is printed: 1.4999 is 1.50.
  const size = Math.round(Math.abs(degrees) * 100) / 100
  if (size >= least && size <= most) return
  throw new StackError({
    subject: `${orientation} edge`,
    expected: `an angle of ${least} to ${most} degrees to the ${orientation === 'vertical' ? 'columns' : 'rows'}`,
    received: `${degrees.toFixed(2)} degrees`,
    frames: [0]
  })
}

// The phases of the pixels against the edge are even over whole cycles of 1 / slope lines; what is over is left out at both ends.
function wholeCycles(line: EdgeLine, degrees: number): EdgeLine {
  const count = line.end - line.first
  const cycles = Math.floor(count * Math.abs(line.slope))
  if (cycles < 1) {
    throw new StackError({
      subject: 'edge',
      expected: `at least ${Math.ceil(1 / Math.abs(line.slope))} lines, one phase cycle, at ${degrees.toFixed(2)} degrees`,
      received: `${count} lines`,
      frames: [0]
    })
  }
  const used = Math.min(count, Math.round(cycles / Math.abs(line.slope)))
  const first = line.first + ((count - used) >> 1)
  return { ...line, first, end: first + used }
}

function differentiate({ value, start }: CleanEdgeSpread, window: Window): LineSpread {
  const spread = new Float64Array(value.length - 2)
  for (let i = 0; i < spread.length; i++) spread[i] = ((value[i + 2] - value[i]) / 2) * weightAt(window, i, spread.length)
  return { value: spread, start: start + 0.25 }
}

function weightAt(window: Window, at: number, length: number): number {
  return window === 'hann' ? 0.5 - 0.5 * Math.cos((2 * Math.PI * (at + 0.5)) / length) : 1
}

// White noise of sd s in N bins gives the sum a variance of N s^2 sin^2(pi u / 2), half of it along the phase; a Hann window leaves 3/8.
// The two bins at each end, variance s^2 together, weigh cos(2 pi u halfWidth) in the sum and 1 in that at 0; under Hann next to nothing.
function noiseAt(spread: CleanEdgeSpread, window: Window, u: number, mtf: number, corrected: boolean): number {
  const { value, noise, low, high, halfWidth } = spread
  const loss = corrected ? samplingLoss(u) : 1
  const hann = window === 'hann'
  const random = Math.sqrt((value.length * (hann ? 0.375 : 1)) / 2) * Math.sin((Math.PI * u) / 2)
  const ends = hann ? 0 : Math.cos(2 * Math.PI * u * halfWidth) - mtf * loss
  return ((noise / (high - low)) * Math.hypot(random, ends)) / loss
}

type Level = 'mtf50' | 'mtf10'
type Reasons = Record<string, string>

const SEARCH_STEP = 0.005

// Steps, then linear interpolation between two of them: an error of at most |MTF''| step^2 / (8 slope), below 2e-5 for an aperture.
function crossing(name: Level, level: number, transfer: (u: number) => number, last: number, unknown: Reasons): number | null {
  let before = 1
  for (let k = 1, from = 0; from < last; k++) {
    const u = Math.min(last, k * SEARCH_STEP)
    const value = transfer(u)
    if (value < level) return from + ((u - from) * (before - level)) / (before - value)
    before = value
    from = u
  }
  unknown[`${name}PerPixel`] = `the MTF stays above ${level} up to the last frequency, ${last} cycles per pixel`
  return null
}

function perMm(name: Level, perPixel: number | null, pitch: number | null, unknown: Reasons): number | null {
  if (perPixel !== null && pitch !== null) return perPixel / pitch
  unknown[`${name}PerMm`] = pitch === null ? 'the pixel pitch is unknown' : unknown[`${name}PerPixel`]
  return null
}

function regionOf({ orientation, view }: TracedEdge, line: EdgeLine, reach: number, { row, col }: Region): Region {
  const { intercept, slope, first, end } = line
  const ends = [intercept + slope * first, intercept + slope * (end - 1)]
  const from = Math.max(0, Math.ceil(Math.min(...ends) - reach))
  const to = Math.min(view.positions - 1, Math.floor(Math.max(...ends) + reach))
  return orientation === 'vertical'
    ? { row: row + first, col: col + from, rows: end - first, cols: to - from + 1 }
    : { row: row + from, col: col + first, rows: to - from + 1, cols: end - first }
}

function levelsOf({ low, high }: CleanEdgeSpread) {
  return { lowDn: low, highDn: high, edgeContrastPercent: high > 0 ? (100 * (high - low)) / high : null }
}

function warningsOf(degrees: number, cycles: number, spread: CleanEdgeSpread): string[] {
  const warnings: string[] = []
  const size = Math.abs(degrees)
  if (size < USUAL_ANGLES[0] || size > USUAL_ANGLES[1]) warnings.push(`the angle of ${degrees.toFixed(2)} degrees is outside 1.5 to 10`)
  if (cycles < ENOUGH_CYCLES) warnings.push(`${cycles} phase cycles: at least ${ENOUGH_CYCLES} are wanted`)
  const noise = (100 * spread.noise) / (spread.high - spread.low)
  // The largest of some hundred differences of two bins stays below 8 sd.
  if (spread.reversalPercent > 1 + 8 * noise) {
    warnings.push(
      `the signal runs back by ${spread.reversalPercent.toFixed(1)} % of the step across the edge: sharpened, or not an edge alone`
    )
  }
  if (spread.cutAt !== null) warnings.push(`another step stands ${spread.cutAt} pixels from the edge: the window ends before it`)
  return warnings
}
