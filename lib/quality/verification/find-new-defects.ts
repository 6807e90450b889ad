import { MAD_TO_SIGMA } from '../../maps/robust-scale.js'
import { OptionError } from '../../errors.js'
import { medianOf } from '../../kernels/median/median-of.js'
import { medianFilter } from '../../kernels/median/median-filter.js'
import { selectPixels } from '../select-pixels.js'
import type { Region } from '../../frame/region.js'
import type { DefectMap } from '../../maps/maps.js'
import type { MeasurableFrame } from '../measurable-frame.js'
import type { PixelCounts, PixelSelection } from '../select-pixels.js'

export interface FindNewDefectsOptions {
  /** Smallest deviation from the neighbours that counts, in percent of their median. @default 1 */
  readonly limitPercent?: number
  /** Smallest deviation that counts, in robust sd of the area: 5.32 is one false pixel in 9.4 million. @default 5.32 */
  readonly sigmas?: number
  /** Most positions to list. @default 20 */
  readonly maximumPositions?: number
  /** @default the whole frame */
  readonly region?: Region
}

/** One pixel that deviates although the defect map calls it good. */
export interface NewDefect {
  readonly row: number
  readonly col: number
  readonly valueDn: number
  /** Deviation from the median of the 9 x 9 window, percent. */
  readonly deviationPercent: number
  /** The limit that it exceeds, percent. */
  readonly limitPercent: number
}

export interface NewDefects extends PixelCounts {
  readonly newDefects: number
  /** The largest deviations first, at most `maximumPositions`. */
  readonly positions: readonly NewDefect[]
  /** Good pixels that could not be tested: the median of their neighbours is not above 0. */
  readonly untestedPixels: number
}

const RADIUS = 4
/** Side of the areas in which the noise is estimated: 4096 residuals, a robust sd with 1.8 % standard error. */
const AREA = 64
/** An area with fewer residuals takes the scale of the whole frame. */
const FEWEST = 256
/** 1.4826 for the Gaussian, and x - median of 81 with x among them has the variance 0.9946. */
const SCALE = MAD_TO_SIGMA / Math.sqrt(0.994599)

/**
 * Find pixels that deviate in a corrected flat although the defect map calls them good:
 * |value / median of the 9 x 9 window - 1| > max(1 %, 5.32 sigma_rel), with sigma_rel = 1.4826 MAD of these deviations over areas
 * of 64 x 64 px, so that a few defects do not raise their own limit. One frame finds only what stands out of its noise; the mean of many
 * finds more. Windows are clipped at borders and hold good pixels only.
 * @param frame corrected flat, DN
 * @param defects pixels already known; null: no map
 * @returns the count, the worst positions, and how many pixels were tested
 * @throws {ShapeError} ERR_SHAPE when frame and defect map differ in shape
 * @throws {OptionError} ERR_OPTION when a limit is negative or not a number, or the region is not inside the frame
 * @see ASTM E2597, class of non-uniform pixels, as publicly described (x-ray-forum.net, 2019)
 */
export function findNewDefects(
  frame: MeasurableFrame,
  defects: DefectMap | null,
  { limitPercent = 1, sigmas = 5.32, maximumPositions = 20, region }: FindNewDefectsOptions = {}
): NewDefects {
  for (const [name, value] of Object.entries({ limitPercent, sigmas, maximumPositions })) {
    if (!(value >= 0)) throw new OptionError({ subject: `option "${name}"`, expected: 'a number of at least 0', received: String(value) })
  }
  const selection = selectPixels('frame', frame, defects, region)
  const deviations = deviationsOf(selection)
  const limits = areaLimits(selection, deviations, limitPercent / 100, sigmas)
  return { ...judge(selection, deviations, limits, maximumPositions), ...selection.counts }
}

// Relative deviation of every counted pixel from its local median; NaN: not counted, or no median above 0.
function deviationsOf({ data, shape, good }: PixelSelection): Float32Array {
  const [rows, cols] = shape
  const values = data instanceof Float32Array ? data : Float32Array.from(data)
  const medians = new Float32Array(rows * cols)
  medianFilter(
    values,
    good.map((flag) => 1 - flag),
    rows,
    cols,
    RADIUS,
    RADIUS,
    medians
  )
  for (let i = 0; i < medians.length; i++) medians[i] = good[i] === 1 && medians[i] > 0 ? values[i] / medians[i] - 1 : NaN
  return medians
}

// Limit of each 64 x 64 area, row-major over the areas of the frame.
function areaLimits({ shape }: PixelSelection, deviations: Float32Array, limit: number, sigmas: number): Float64Array {
  const down = Math.ceil(shape[0] / AREA)
  const across = Math.ceil(shape[1] / AREA)
  const scales = new Float64Array(down * across)
  const scratch = new Float32Array(AREA * AREA)
  for (let area = 0; area < scales.length; area++) {
    const count = gather(deviations, shape, Math.floor(area / across) * AREA, (area % across) * AREA, scratch)
    scales[area] = count < FEWEST ? NaN : SCALE * medianOf(scratch, count)
  }
  const known = Float32Array.from(scales.filter((scale) => scale === scale))
  const typical = known.length > 0 ? medianOf(known, known.length) : wholeScale(deviations)
  return scales.map((scale) => Math.max(limit, sigmas * (scale === scale ? scale : typical)))
}

// Absolute deviations: they lie about 0, so their median is the MAD.
function gather(deviations: Float32Array, [rows, cols]: readonly [number, number], row: number, col: number, out: Float32Array): number {
  let count = 0
  for (let r = row; r < Math.min(rows, row + AREA); r++) {
    for (let i = r * cols + col, end = r * cols + Math.min(cols, col + AREA); i < end; i++) {
      if (deviations[i] === deviations[i]) out[count++] = Math.abs(deviations[i])
    }
  }
  return count
}

// Frames too small for one full area.
function wholeScale(deviations: Float32Array): number {
  const all = deviations.filter((value) => value === value).map(Math.abs)
  return all.length > 0 ? SCALE * medianOf(all, all.length) : 0
}

function judge({ data, shape, good }: PixelSelection, deviations: Float32Array, limits: Float64Array, maximumPositions: number) {
  const cols = shape[1]
  const across = Math.ceil(cols / AREA)
  const positions: NewDefect[] = []
  let newDefects = 0
  let untestedPixels = 0
  for (let i = 0; i < data.length; i++) {
    if (good[i] === 0) continue
    const deviation = deviations[i]
    if (deviation !== deviation) {
      untestedPixels++
      continue
    }
    const row = Math.floor(i / cols)
    const col = i - row * cols
    const limit = limits[Math.floor(row / AREA) * across + Math.floor(col / AREA)]
    if (Math.abs(deviation) <= limit) continue
    newDefects++
    keepWorst(positions, { row, col, valueDn: data[i], deviationPercent: 100 * deviation, limitPercent: 100 * limit }, maximumPositions)
  }
  return { newDefects, positions, untestedPixels }
}

function keepWorst(positions: NewDefect[], found: NewDefect, most: number): void {
  const size = Math.abs(found.deviationPercent)
  if (positions.length >= most && !(size > Math.abs(positions[most - 1]?.deviationPercent ?? Infinity))) return
  const at = positions.findIndex((other) => Math.abs(other.deviationPercent) < size)
  positions.splice(at < 0 ? positions.length : at, 0, found)
  if (positions.length > most) positions.length = most
}
