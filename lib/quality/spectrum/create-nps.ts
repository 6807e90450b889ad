import { OptionError } from '../../errors.js'
import { assertSameShape } from '../assert-same-shape.js'
import { createPowerSum } from './create-power-sum.js'
import { cutSpectrum } from './cut-spectrum.js'
import { selectPixels } from '../select-pixels.js'
import { sumRois } from './sum-rois.js'
import type { Region } from '../../frame/region.js'
import type { Shape } from '../../frame/shape.js'
import type { DefectMap } from '../../maps/maps.js'
import type { CutDirection, NpsPoint, SampledSpectrum } from './cut-spectrum.js'
import type { Unknowns } from '../figure.js'
import type { MeasurableFrame } from '../measurable-frame.js'
import type { PixelCounts, PixelSelection } from '../select-pixels.js'
import type { Detrending, RoiSums } from './sum-rois.js'

export interface MeasureNpsOptions {
  /** Pixel pitch in mm [between rows, between columns]; null: unknown, and what needs mm is null. @default null */
  readonly pixelPitch?: readonly [number, number] | null
  /** Side of a ROI in pixels, a power of two from 16 to 2048. @default 256 */
  readonly roiSize?: number
  /** Pixels from one ROI to the next, in both directions, 1 to roiSize. @default roiSize / 2 */
  readonly step?: number
  /** @default the central 125 mm x 125 mm where the pitch is known and the frame is larger, else the whole frame */
  readonly region?: Region
  /**
   * What is taken off first: `surface` a second-order surface over the region, `roi` one in each ROI, `mean` the mean of each ROI.
   * `roi` also takes the lowest frequencies of the noise itself. @default 'surface'
   */
  readonly detrend?: Detrending
  /** Lines on each side of an axis that a cut averages; the axis itself is left out. @default 7 */
  readonly axisLines?: number
  /** A ROI of which a larger share does not count is refused, 0..1. @default 0.02 */
  readonly maximumBadShare?: number
  /** Signal in DN that the NNPS is normalised by. @default the mean of the good pixels of the region over all frames */
  readonly largeAreaSignalDn?: number | null
}

/** The two-dimensional spectrum over all frequencies, both signs; (0, 0) stands at [roiSize / 2, roiSize / 2]. */
export interface NpsSpectrum {
  /** [rows, cols], row-major: rows along the vertical spatial frequency. */
  readonly data: Float64Array
  readonly shape: Shape
  /** `DN^2 px^2` where the pixel pitch is unknown. */
  readonly unit: 'DN^2 mm^2' | 'DN^2 px^2'
  /** Spatial frequency of each row and column, from -Nyquist, in `frequencyUnit`. */
  readonly rowFrequencies: Float64Array
  readonly colFrequencies: Float64Array
  readonly frequencyUnit: '1/mm' | '1/px'
}

/** `usedPixels`: different good pixels inside the ROIs, over all frames; the other two counts are those of the region. */
export interface NoisePowerSpectrum extends PixelCounts {
  /** Along the rows of the panel, from the lines beside the horizontal axis. Empty where no ROI serves. */
  readonly horizontal: readonly NpsPoint[]
  readonly vertical: readonly NpsPoint[]
  /** All directions together, the axes left out. */
  readonly radial: readonly NpsPoint[]
  readonly spectrum: NpsSpectrum | null
  readonly largeAreaSignalDn: number | null
  /** Mean variance of the ROIs about what was taken off; 6 (`roi`) or 1 (`mean`) degrees of freedom counted. */
  readonly varianceDn2: number | null
  /** The spectrum summed over all frequencies, du dv. */
  readonly integralDn2: number | null
  /** integral / variance (Parseval): 1 for `surface`, 1 - 6 / roiSize^2 for `roi`, 1 - 1 / roiSize^2 for `mean`, without defects. */
  readonly parsevalRatio: number | null
  readonly region: Region
  readonly frames: number
  /** ROIs in the mean, over all frames. */
  readonly rois: number
  /** ROIs with too many pixels that do not count. */
  readonly roisRefused: number
  /** usedPixels / roiSize^2: overlapping ROIs share pixels. The confidence intervals rest on this number. */
  readonly independentRois: number
  /** Share of the values in the ROIs that stand in for pixels that do not count. */
  readonly filledPercent: number
  readonly warnings: readonly string[]
  readonly unknown: Unknowns
}

/** Takes flats one after the other; see `measureNps`. None is kept. */
export interface NoisePowerSpectrumBuilder {
  /**
   * Take one more flat.
   * @param subject its name for messages
   * @throws {ShapeError} ERR_SHAPE when it differs in shape from the defect map or the first
   * @throws {OptionError} ERR_OPTION when the region is not inside it
   */
  add(frame: MeasurableFrame, subject: string): void
  /**
   * The spectrum of the flats so far.
   * @throws {OptionError} ERR_OPTION without a flat
   */
  result(): NoisePowerSpectrum
}

/** Independent pixels that the standard asks for. */
const ENOUGH_PIXELS = 4e6
const FIELD_MM = 125

/**
 * Sum the noise power spectrum of flats frame by frame, so that a long stack costs no more memory than one flat.
 * @param defects bad pixels never count; null: no map
 * @throws {OptionError} ERR_OPTION when an option is out of range
 */
export function createNps(
  defects: DefectMap | null,
  {
    pixelPitch = null,
    roiSize = 256,
    step = roiSize / 2,
    region,
    detrend = 'surface',
    axisLines = 7,
    maximumBadShare = 0.02,
    largeAreaSignalDn = null
  }: MeasureNpsOptions = {}
): NoisePowerSpectrumBuilder {
  assertOptions(pixelPitch, roiSize, step, detrend, axisLines, maximumBadShare, largeAreaSignalDn)
  const power = createPowerSum(roiSize)
  const totals: Totals = newTotals()
  let frames = 0
  let first: Pick<PixelSelection, 'shape' | 'region'> | null = null
  return {
    add(frame, subject) {
      const selection = selectPixels(subject, frame, defects, region ?? centralRegion(frame.shape, pixelPitch))
      // Of the first, no pixels.
      first ??= { shape: selection.shape, region: selection.region }
      assertSameShape(subject, selection.shape, first.shape)
      addTotals(totals, { ...sumRois(selection, { power, roiSize, step, detrend, maximumBadShare }), ...countsLeftOut(selection) })
      frames++
    },
    result() {
      if (first === null) throw new OptionError({ subject: 'frames', expected: 'at least one', received: 'none' })
      const signal = largeAreaSignalDn ?? (totals.counted > 0 ? totals.signal / totals.counted : null)
      const independentRois = totals.usedPixels / roiSize ** 2
      const facts = { size: roiSize, pixelPitch, signal: signal !== null && signal > 0 ? signal : null, independentRois }
      const spectrum = totals.rois > 0 ? { ...facts, power: meanPower(power.total(), totals.rois * roiSize ** 2) } : null
      const cut = (direction: CutDirection) => (spectrum ? cutSpectrum(spectrum, direction, axisLines) : [])
      const varianceDn2 = spectrum ? totals.variance / totals.rois : null
      const integralDn2 = spectrum ? spectrum.power.reduce((sum, value) => sum + value, 0) / roiSize ** 2 : null
      return {
        usedPixels: totals.usedPixels,
        defectivePixels: totals.defectivePixels,
        nonFinitePixels: totals.nonFinitePixels,
        horizontal: cut('horizontal'),
        vertical: cut('vertical'),
        radial: cut('radial'),
        spectrum: spectrum && centreSpectrum(spectrum),
        largeAreaSignalDn: signal,
        varianceDn2,
        integralDn2,
        parsevalRatio: integralDn2 !== null && varianceDn2 ? integralDn2 / varianceDn2 : null,
        region: first.region,
        frames,
        rois: totals.rois,
        roisRefused: totals.refused,
        independentRois,
        filledPercent: totals.rois > 0 ? (100 * totals.filled) / (totals.rois * roiSize ** 2) : 0,
        warnings: warn(totals, maximumBadShare),
        unknown: explain(totals, facts, first.region, signal, varianceDn2)
      }
    }
  }
}

/** Sums over the frames. */
type Totals = { -readonly [field in keyof RoiSums | 'defectivePixels' | 'nonFinitePixels']: number }

function newTotals(): Totals {
  return { rois: 0, refused: 0, variance: 0, filled: 0, usedPixels: 0, signal: 0, counted: 0, defectivePixels: 0, nonFinitePixels: 0 }
}

function addTotals(totals: Totals, more: Totals): void {
  for (const field of Object.keys(totals) as (keyof Totals)[]) totals[field] += more[field]
}

function countsLeftOut({ counts }: PixelSelection) {
  return { defectivePixels: counts.defectivePixels, nonFinitePixels: counts.nonFinitePixels }
}

function meanPower(total: Float64Array, values: number): Float64Array {
  return total.map((value) => value / values)
}

function centreSpectrum({ power, size, pixelPitch }: SampledSpectrum): NpsSpectrum {
  const [high, wide] = pixelPitch ?? [1, 1]
  const data = new Float64Array(size * size)
  const half = size / 2
  for (let row = 0; row < size; row++) {
    const from = ((row + half) % size) * size
    for (let col = 0; col < size; col++) data[row * size + col] = power[from + ((col + half) % size)] * high * wide
  }
  const frequencies = (pitch: number) => Float64Array.from({ length: size }, (_, at) => (at - half) / (size * pitch))
  return {
    data,
    shape: [size, size],
    unit: pixelPitch ? 'DN^2 mm^2' : 'DN^2 px^2',
    rowFrequencies: frequencies(high),
    colFrequencies: frequencies(wide),
    frequencyUnit: pixelPitch ? '1/mm' : '1/px'
  }
}

function warn({ rois, refused, usedPixels }: Totals, share: number): string[] {
  if (rois === 0) return []
  return [
    ...(usedPixels < ENOUGH_PIXELS ? [`${usedPixels} independent pixels: the standard asks for 4 million, take more frames`] : []),
    ...(refused > 0 ? [`${refused} of ${rois + refused} ROIs refused: more than ${100 * share} % of their pixels do not count`] : [])
  ]
}

function explain(
  { rois, refused }: Totals,
  { size, pixelPitch, signal }: Omit<SampledSpectrum, 'power'>,
  { rows, cols }: Region,
  mean: number | null,
  variance: number | null
): Unknowns {
  const unknown: Record<string, string> = {}
  if (mean === null) unknown.largeAreaSignalDn = 'no good pixel'
  if (rois === 0) {
    const reason =
      refused > 0
        ? `each of the ${refused} ROIs has too many pixels that do not count`
        : `no ROI of ${size} pixels a side fits into ${rows} x ${cols}`
    for (const field of ['horizontal', 'vertical', 'radial', 'spectrum', 'varianceDn2', 'integralDn2', 'parsevalRatio'])
      unknown[field] = reason
    return unknown
  }
  if (!(variance! > 0)) unknown.parsevalRatio = 'the pixels do not differ'
  if (pixelPitch === null) for (const field of ['frequencyPerMm', 'npsDn2Mm2', 'nnpsMm2']) unknown[field] = 'the pixel pitch is unknown'
  else if (signal === null) unknown.nnpsMm2 = 'the large-area signal is not above 0'
  return unknown
}

function assertOptions(
  pitch: readonly [number, number] | null,
  size: number,
  step: number,
  detrend: string,
  lines: number,
  share: number,
  signal: number | null
): void {
  for (const side of pitch ?? []) assertRange('pixelPitch', side, side > 0 && side < Infinity, 'mm above 0')
  assertRange('roiSize', size, Number.isInteger(Math.log2(size)) && size >= 16 && size <= 2048, 'a power of two from 16 to 2048')
  assertRange('step', step, Number.isSafeInteger(step) && step >= 1 && step <= size, `a whole number of pixels from 1 to ${size}`)
  assertRange('detrend', detrend, ['surface', 'roi', 'mean'].includes(detrend), '"surface", "roi" or "mean"')
  assertRange('axisLines', lines, Number.isSafeInteger(lines) && lines >= 1 && lines < size / 2, `a whole number from 1 to ${size / 2 - 1}`)
  assertRange('maximumBadShare', share, share >= 0 && share < 1, 'a share of at least 0 and below 1')
  assertRange('largeAreaSignalDn', signal, signal === null || (signal > 0 && signal < Infinity), 'DN above 0')
}

function assertRange(name: string, value: unknown, holds: boolean, expected: string): void {
  if (!holds) throw new OptionError({ subject: `option "${name}"`, expected, received: String(value) })
}

// Undefined, the whole frame, where the shape is malformed too: selectPixels says so.
function centralRegion(shape: readonly number[], pitch: readonly [number, number] | null): Region | undefined {
  if (pitch === null || shape.length !== 2) return undefined
  const [rows, cols] = shape.map((length, axis) => Math.min(length, Math.max(1, Math.floor(FIELD_MM / pitch[axis] + 1e-9))))
  return { row: Math.floor((shape[0] - rows) / 2), col: Math.floor((shape[1] - cols) / 2), rows, cols }
}
