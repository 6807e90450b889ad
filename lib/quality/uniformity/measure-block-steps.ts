import { OptionError } from '../../errors.js'
import { robustMoments } from '../robust-moments.js'
import { momentsOf } from '../moments-of.js'
import { selectPixels } from '../select-pixels.js'
import type { Region } from '../../frame/region.js'
import type { DefectMap } from '../../maps/maps.js'
import type { Unknowns } from '../figure.js'
import type { MeasurableFrame } from '../measurable-frame.js'
import type { PixelCounts, PixelSelection } from '../select-pixels.js'

export interface MeasureBlockStepsOptions {
  /** Columns per read-out chip, or the columns of every chip from left to right where they differ; absent: one chip. */
  readonly chipColumns?: number | readonly number[]
  /** First row of the lower half; true: half of the rows; false: the panel is read from one side. @default false */
  readonly midline?: boolean | number
  /** @default the whole frame */
  readonly region?: Region
}

/** The step across one border of two read-out blocks. */
export interface BlockStep {
  /** `column`: between two chips of one half; `row`: across the midline, within one chip. */
  readonly kind: 'column' | 'row'
  /** First column (or row) behind the border. */
  readonly position: number
  /** Rows (or columns) along which the border runs: first, and how many. */
  readonly from: number
  readonly length: number
  /** Pairs of pixels that are good on both sides. */
  readonly pairs: number
  /** Mean of (behind - before) over the pairs. */
  readonly stepDn: number | null
  /** The same in percent of the mean of the frame. */
  readonly stepPercent: number | null
  /** sigma sqrt(2 / pairs): what pixel noise alone gives. */
  readonly standardErrorDn: number | null
  /** Step over standard error. */
  readonly z: number | null
}

export interface BlockSteps extends PixelCounts {
  readonly meanDn: number | null
  /** Noise of one pixel, from differences of neighbours inside the blocks, robust. */
  readonly pixelNoiseDn: number | null
  /** Root mean square of the steps between neighbouring columns (rows) inside the blocks: what a border competes with. */
  readonly innerColumnStepDn: number | null
  readonly innerRowStepDn: number | null
  /** All borders: columns from left to right in the upper half, then the lower one, then the midline from left to right. */
  readonly borders: readonly BlockStep[]
  /** The border with the largest |z|. */
  readonly worst: BlockStep | null
  readonly unknown: Unknowns
}

/** Where the lines of pixels on the two sides of a possible border stand: pixel i and i + `across`, `count` pairs `along` apart. */
interface Seam {
  readonly first: number
  readonly across: number
  readonly along: number
  readonly count: number
}

interface SeamSum {
  readonly pairs: number
  readonly mean: number
}

/**
 * Measure the steps at the borders of read-out blocks: the mean difference of the two columns (at the midline: rows) on either side,
 * taken pair by pair where both pixels are good. Expected 0, standard error sigma sqrt(2 / H) with H pairs. sigma comes from the
 * differences of neighbours inside the blocks (1.4826 MAD / sqrt 2), so neither shading nor the steps themselves enter. A slope
 * of the frame adds its change over one pixel; `innerColumnStepDn` shows what columns inside the blocks do.
 * @param frame corrected flat, DN; the mean of many flats shows small steps
 * @param defects bad pixels never count; null: no map
 * @returns every border and the worst; null, with a reason in `unknown`, where there is no border or no pair of good pixels
 * @throws {ShapeError} ERR_SHAPE when frame and defect map differ in shape
 * @throws {OptionError} ERR_OPTION when the chips or the midline do not fit the frame, or the region is not inside it
 */
export function measureBlockSteps(
  frame: MeasurableFrame,
  defects: DefectMap | null,
  { chipColumns, midline = false, region }: MeasureBlockStepsOptions = {}
): BlockSteps {
  const selection = selectPixels('frame', frame, defects, region)
  const [rows, cols] = selection.shape
  const edges = edgesOf(chipColumns, cols)
  const middle = middleRow(midline, rows)
  const { mean } = momentsOf(selection)
  const sigma = pixelNoise(selection, edges, middle)
  const inner = innerSteps(selection, edges, middle)
  const borders = bordersOf(selection, edges, middle).map((border) => ({ ...border, ...stepOf(selection, border, mean, sigma) }))
  const worst = worstOf(borders)
  return {
    ...selection.counts,
    meanDn: mean,
    pixelNoiseDn: sigma,
    innerColumnStepDn: inner.column,
    innerRowStepDn: inner.row,
    borders,
    worst,
    unknown: explain(mean, sigma, inner, borders.length, worst)
  }
}

function worstOf(borders: readonly BlockStep[]): BlockStep | null {
  const known = borders.filter(({ z }) => z !== null)
  return known.length === 0 ? null : known.reduce((worst, step) => (Math.abs(step.z!) > Math.abs(worst.z!) ? step : worst))
}

// Columns at which a chip begins, the first (0) and the end left out.
function edgesOf(chipColumns: number | readonly number[] | undefined, cols: number): number[] {
  if (chipColumns === undefined) return []
  const widths = typeof chipColumns === 'number' ? [] : [...chipColumns]
  const valid = (width: number): boolean => Number.isSafeInteger(width) && width > 0
  if (typeof chipColumns === 'number') {
    if (!valid(chipColumns)) refuse('chipColumns', 'a whole number of columns', chipColumns)
    for (let col = 0; col < cols; col += chipColumns) widths.push(chipColumns)
  } else if (!widths.every(valid) || widths.reduce((sum, width) => sum + width, 0) !== cols) {
    refuse('chipColumns', `whole numbers of columns that sum to ${cols}`, `[${chipColumns.join(', ')}]`)
  }
  let edge = 0
  return widths.map((width) => (edge += width)).slice(0, -1)
}

function middleRow(midline: boolean | number, rows: number): number | null {
  if (midline === false) return null
  const row = midline === true ? rows / 2 : midline
  if (!Number.isSafeInteger(row) || row < 1 || row >= rows) {
    refuse('midline', `a row from 1 to ${rows - 1}, or true for an even number of rows`, midline)
  }
  return row
}

function refuse(name: string, expected: string, received: unknown): never {
  throw new OptionError({ subject: `option "${name}"`, expected, received: String(received) })
}

type Border = Pick<BlockStep, 'kind' | 'position' | 'from' | 'length'>

// Borders inside the region, each cut to it.
function bordersOf({ shape, region }: PixelSelection, edges: readonly number[], middle: number | null): Border[] {
  const spans = (marks: readonly number[], end: number, first: number, size: number) =>
    [0, ...marks]
      .map((mark, at) => {
        const from = Math.max(mark, first)
        return { from, length: Math.min([...marks, end][at], first + size) - from }
      })
      .filter((span) => span.length > 0)
  const halves = spans(middle === null ? [] : [middle], shape[0], region.row, region.rows)
  const chips = spans(edges, shape[1], region.col, region.cols)
  const inside = (position: number, first: number, size: number): boolean => position > first && position < first + size
  const columns = halves.flatMap((half) =>
    edges
      .filter((position) => inside(position, region.col, region.cols))
      .map((position) => ({ kind: 'column' as const, position, ...half }))
  )
  if (middle === null || !inside(middle, region.row, region.rows)) return columns
  return [...columns, ...chips.map((chip) => ({ kind: 'row' as const, position: middle, ...chip }))]
}

function seamOf({ kind, position, from, length }: Border, cols: number): Seam {
  return kind === 'column'
    ? { first: from * cols + position - 1, across: 1, along: cols, count: length }
    : { first: (position - 1) * cols + from, across: cols, along: 1, count: length }
}

function sumSeam({ data, good }: PixelSelection, { first, across, along, count }: Seam): SeamSum {
  let pairs = 0
  let sum = 0
  for (let n = 0, i = first; n < count; n++, i += along) {
    if ((good[i] & good[i + across]) === 0) continue
    sum += data[i + across] - data[i]
    pairs++
  }
  return { pairs, mean: sum / pairs }
}

function stepOf(selection: PixelSelection, border: Border, mean: number | null, sigma: number | null) {
  const { pairs, mean: step } = sumSeam(selection, seamOf(border, selection.shape[1]))
  if (pairs === 0) return { pairs, stepDn: null, stepPercent: null, standardErrorDn: null, z: null }
  const error = sigma === null ? null : sigma * Math.sqrt(2 / pairs)
  return {
    pairs,
    stepDn: step,
    stepPercent: mean !== null && mean > 0 ? (100 * step) / mean : null,
    standardErrorDn: error,
    z: error !== null && error > 0 ? step / error : null
  }
}

// Robust sd of the differences of neighbours in a row; a border is one column of many, and is left out.
function pixelNoise({ data, good, shape, region }: PixelSelection, edges: readonly number[], middle: number | null): number | null {
  const cols = shape[1]
  // Where a row is one pixel wide, the pairs stand one above the other.
  const sideways = region.cols > 1
  const across = sideways ? 1 : cols
  const differences = new Float32Array(region.rows * region.cols)
  const border = new Uint8Array(cols + 1)
  for (const edge of edges) border[edge] = 1
  let count = 0
  const lastRow = region.row + region.rows - (sideways ? 0 : 1)
  const lastCol = region.col + region.cols - (sideways ? 1 : 0)
  for (let row = region.row; row < lastRow; row++) {
    if (!sideways && row + 1 === middle) continue
    for (let col = region.col, i = row * cols + region.col; col < lastCol; col++, i++) {
      if ((good[i] & good[i + across]) === 0 || (sideways && border[col + 1] === 1)) continue
      differences[count++] = data[i + across] - data[i]
    }
  }
  const moments = count < 2 ? null : robustMoments(differences, count)
  return moments === null ? null : moments.sd / Math.SQRT2
}

function innerSteps(selection: PixelSelection, edges: readonly number[], middle: number | null) {
  const { region, shape } = selection
  const known = new Set(edges)
  const column = rootMeanSquare(region.col + 1, region.col + region.cols, (position) => {
    if (known.has(position)) return null
    return sumSeam(selection, seamOf({ kind: 'column', position, from: region.row, length: region.rows }, shape[1]))
  })
  const row = rootMeanSquare(region.row + 1, region.row + region.rows, (position) => {
    if (position === middle) return null
    return sumSeam(selection, seamOf({ kind: 'row', position, from: region.col, length: region.cols }, shape[1]))
  })
  return { column, row }
}

function rootMeanSquare(from: number, to: number, sumAt: (position: number) => SeamSum | null): number | null {
  let squares = 0
  let count = 0
  for (let position = from; position < to; position++) {
    const sum = sumAt(position)
    if (sum === null || sum.pairs === 0) continue
    squares += sum.mean * sum.mean
    count++
  }
  return count === 0 ? null : Math.sqrt(squares / count)
}

function explain(
  mean: number | null,
  sigma: number | null,
  inner: { column: number | null; row: number | null },
  borders: number,
  worst: BlockStep | null
): Unknowns {
  const pairs = 'no two neighbouring good pixels inside a block'
  const unknown: Record<string, string> = {}
  if (mean === null) unknown.meanDn = 'no good pixel'
  if (sigma === null) unknown.pixelNoiseDn = pairs
  if (inner.column === null) unknown.innerColumnStepDn = pairs
  if (inner.row === null) unknown.innerRowStepDn = pairs
  if (worst !== null) return unknown
  if (borders === 0) unknown.worst = 'no border of two blocks: give chipColumns or midline'
  else if (sigma !== null && sigma > 0) unknown.worst = 'no pair of good pixels at a border'
  else unknown.worst = 'the noise of the pixels is 0 or unknown'
  return unknown
}
