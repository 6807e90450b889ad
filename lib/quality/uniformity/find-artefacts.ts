import { OptionError } from '../../errors.js'
import { chiSquareQuantile } from '../../kernels/chi-square-quantile.js'
import { labelClusters } from '../../maps/label-clusters.js'
import { artefactCells } from './artefact-cells.js'
import { fitSurface, surfaceRow } from '../fit-surface.js'
import { robustMoments } from '../robust-moments.js'
import { selectPixels } from '../select-pixels.js'
import type { Region } from '../../frame/region.js'
import type { Shape } from '../../frame/shape.js'
import type { DefectMap } from '../../maps/maps.js'
import type { ArtefactCells } from './artefact-cells.js'
import type { Unknowns } from '../figure.js'
import type { MeasurableFrame } from '../measurable-frame.js'
import type { PixelCounts, PixelSelection } from '../select-pixels.js'

export interface FindArtefactsOptions {
  /** Sides of the boxes in pixels: 1, or odd multiples of 3, rising. @default [1, 3, 9, 27] */
  readonly scales?: readonly number[]
  /** False detections to be expected in a whole frame of white noise, over all scales. @default 0.05 */
  readonly falsePositives?: number
  /** Limit of |z| at every scale, instead of the one that follows from `falsePositives`. @default from falsePositives */
  readonly sigmas?: number
  /** Most artefacts to list. @default 50 */
  readonly maximumArtefacts?: number
  /** @default the whole frame */
  readonly region?: Region
}

/** A connected area that stands out of its surroundings. */
export interface Artefact {
  /** Centre of the box that deviates most. */
  readonly row: number
  readonly col: number
  /** Bounding rectangle of all boxes that deviate. */
  readonly region: Region
  /** Pixels that these boxes cover. */
  readonly pixels: number
  /** Side of the box that deviates most, pixels. */
  readonly scale: number
  /** Its deviation from the median around it, in standard deviations of such boxes, with its sign. */
  readonly z: number
  readonly deviationPercent: number
}

/** How one scale was judged. */
export interface ArtefactScale {
  readonly scale: number
  readonly testedBoxes: number
  /** Limit of |z|; null when nothing could be tested. */
  readonly limitSigmas: number | null
  /** Robust sd of the boxes, percent of the level. */
  readonly noisePercent: number | null
  /** The same over what white pixel noise gives, 1 / scale of the noise of a pixel: larger where slow structure is left. */
  readonly noiseRatio: number | null
}

export interface Artefacts extends PixelCounts {
  readonly artefactCount: number | null
  /** The largest |z| first, at most `maximumArtefacts`. */
  readonly artefacts: readonly Artefact[]
  readonly scales: readonly ArtefactScale[]
  readonly unknown: Unknowns
}

interface Hit {
  readonly row: number
  readonly col: number
  readonly scale: number
  readonly z: number
  readonly deviation: number
}

interface Judged {
  readonly facts: ArtefactScale
  readonly hits: readonly Hit[]
}

/** Side of the areas, in pixels, in which the noise of a pixel is estimated: 4096 values, 1.8 % standard error. */
const AREA = 64
const FEWEST = 256
/** Fewer boxes than this give no spread to compare with. */
const FEWEST_BOXES = 50

/**
 * Find what stands out of a corrected flat at several scales: specks, blotches, scratches, remains of objects in the calibration.
 * A second-order surface (heel, slow shading) is taken out first. At each scale z = (mean of a box / median around it - 1) / sigma.
 * The median is that of 21 x 21 cells of a third of the box (of pixels for boxes of 1 and 3), so seven boxes wide. sigma is the
 * noise of a pixel (1.4826 MAD in areas of 64 x 64 px, so that it may vary with the exposure) over the square root of the pixels in
 * the box, times the robust spread that all boxes of the scale show, where that is above 1: correlated noise and slow structure
 * raise the limit instead of giving alarms. What a finer scale has found is left out of the coarser ones; touching boxes of one
 * sign are one artefact, whatever their scale. What is wider than about two thirds of its window (some 120 px for boxes of 27)
 * becomes its own surroundings and is seen at its edges only.
 * @param frame corrected flat, DN, of a level above 0
 * @param defects bad pixels never count; null: no map
 * @returns the artefacts and how each scale was judged; null, with a reason in `unknown`, where the noise cannot be told
 * @throws {ShapeError} ERR_SHAPE when frame and defect map differ in shape
 * @throws {OptionError} ERR_OPTION when an option is out of range, or the region is not inside the frame
 * @see P. J. Rousseeuw, C. Croux, JASA 88, 1993, for the robust scale; limits from the normal tail over the number of boxes tested
 */
export function findArtefacts(
  frame: MeasurableFrame,
  defects: DefectMap | null,
  { scales = [1, 3, 9, 27], falsePositives = 0.05, sigmas, maximumArtefacts = 50, region }: FindArtefactsOptions = {}
): Artefacts {
  assertOptions(scales, falsePositives, sigmas, maximumArtefacts)
  const selection = withoutShading(selectPixels('frame', frame, defects, region))
  const found = new Uint8Array(selection.good.length)
  let cells = artefactCells(selection, 1, found)
  const noise = areaNoise(cells)
  if (noise === null) return nothing(selection.counts, scales)
  const judged: Judged[] = []
  const sign = new Int8Array(found.length)
  for (const scale of scales) {
    const side = scale === 1 ? 1 : scale / 3
    if (side !== cells.side) cells = artefactCells(selection, side, found)
    const result = judgeScale(cells, scale, noise, selection.shape, { sigmas, budget: falsePositives / scales.length })
    for (const hit of result.hits) paint(hit, selection.shape, sign, found)
    // Boxes of 1 and 3 share their cells, which are pixels.
    if (side === 1) for (let i = 0; i < found.length; i++) if (found[i] !== 0) cells.weight[i] = 0
    judged.push(result)
  }
  const artefacts = joinHits(judged.flatMap(({ hits }) => hits), sign, selection)
  return {
    ...selection.counts,
    artefactCount: artefacts.length,
    artefacts: artefacts.slice(0, maximumArtefacts),
    scales: judged.map(({ facts }) => facts),
    unknown: {}
  }
}

function assertOptions(scales: readonly number[], falsePositives: number, sigmas: number | undefined, maximum: number): void {
  const fits = (scale: number, at: number): boolean =>
    (scale === 1 || (scale % 6 === 3 && scale <= 999)) && (at === 0 || scale > scales[at - 1])
  if (scales.length === 0 || !scales.every(fits)) refuse('scales', '1 or odd multiples of 3 below 1000, rising', `[${scales.join(', ')}]`)
  if (!(falsePositives > 0 && falsePositives <= 1000)) refuse('falsePositives', 'a number above 0, at most 1000', falsePositives)
  if (sigmas !== undefined && !(sigmas > 0)) refuse('sigmas', 'a number above 0', sigmas)
  if (!(maximum >= 0)) refuse('maximumArtefacts', 'a number of at least 0', maximum)
}

function refuse(name: string, expected: string, received: unknown): never {
  throw new OptionError({ subject: `option "${name}"`, expected, received: String(received) })
}

// Relative to a second-order surface: a window that the border clips would else see the slope as a deviation.
function withoutShading(selection: PixelSelection): PixelSelection {
  const { data, shape, region, good } = selection
  const surface = fitSurface(selection)
  if (surface === null) return selection
  const level = new Float64Array(region.cols)
  const relative = new Float32Array(data.length)
  for (let r = 0; r < region.rows; r++) {
    surfaceRow(surface, r, region.rows, level)
    const base = (region.row + r) * shape[1] + region.col
    for (let c = 0; c < region.cols; c++) {
      if (good[base + c] === 0) continue
      if (!(level[c] > 0)) return selection
      relative[base + c] = data[base + c] / level[c]
    }
  }
  return { ...selection, data: relative }
}

/** Noise of a pixel, relative, in areas of 64 x 64 px. */
interface AreaNoise {
  readonly sd: Float64Array
  readonly across: number
}

function areaNoise({ deviation, weight, rows, cols }: ArtefactCells): AreaNoise | null {
  const down = Math.ceil(rows / AREA)
  const across = Math.ceil(cols / AREA)
  const scratch = new Float32Array(AREA * AREA)
  const sd = Float64Array.from({ length: down * across }, (_, area) => {
    const count = gather(deviation, weight, rows, cols, Math.floor(area / across) * AREA, (area % across) * AREA, scratch)
    return count < FEWEST ? NaN : robustMoments(scratch, count)!.sd
  })
  const typical = spreadOf(deviation, weight)
  if (!(typical !== null && typical > 0)) return null
  // An area of one value (quantised, or without pixels) tells nothing.
  return { sd: sd.map(value => (value > 0 ? value : typical)), across }
}

// Robust sd of what has weight, from at most about 100 000 values, evenly taken: 0.4 % standard error is enough.
function spreadOf(values: Float32Array, weight: Float32Array): number | null {
  const step = Math.ceil(values.length / 100_000)
  const sample = new Float32Array(Math.ceil(values.length / step))
  let count = 0
  for (let i = 0; i < values.length; i += step) if (weight[i] > 0) sample[count++] = values[i]
  return robustMoments(sample, count)?.sd ?? null
}

function gather(
  deviation: Float32Array,
  weight: Float32Array,
  rows: number,
  cols: number,
  row: number,
  col: number,
  out: Float32Array
): number {
  let count = 0
  for (let r = row; r < Math.min(rows, row + AREA); r++) {
    for (let i = r * cols + col, end = r * cols + Math.min(cols, col + AREA); i < end; i++) {
      if (weight[i] > 0) out[count++] = deviation[i]
    }
  }
  return count
}

function judgeScale(
  cells: ArtefactCells,
  scale: number,
  noise: AreaNoise,
  shape: Shape,
  { sigmas, budget }: { sigmas: number | undefined; budget: number }
): Judged {
  const { rows, cols, side } = cells
  const box = boxMeans(cells, scale)
  const { deviation, weight } = box
  const noisePercent = 100 * (spreadOf(deviation, weight) ?? 0)
  let tested = 0
  for (let row = 0, i = 0; row < rows; row++) {
    const base = Math.floor((row * side) / AREA) * noise.across
    for (let col = 0; col < cols; col++, i++) {
      if (weight[i] === 0) continue
      deviation[i] *= Math.sqrt(weight[i]) / noise.sd[base + Math.floor((col * side) / AREA)]
      tested++
    }
  }
  const ratio = spreadOf(deviation, weight)
  if (tested < FEWEST_BOXES || ratio === null) {
    return { facts: { scale, testedBoxes: tested, limitSigmas: null, noisePercent: null, noiseRatio: null }, hits: [] }
  }
  const spread = Math.max(1, ratio)
  const limit = sigmas ?? Math.sqrt(chiSquareQuantile(1, Math.min(0.5, budget / tested)))
  const facts = { scale, testedBoxes: tested, limitSigmas: limit, noisePercent, noiseRatio: ratio }
  return { facts, hits: hitsOf(box, cells, scale, shape, noise, spread, limit) }
}

/** Mean of each box of 1 or 3 x 3 cells, weighted by pixels; weight 0 where fewer than half of its pixels count. */
function boxMeans({ deviation, weight, rows, cols }: ArtefactCells, scale: number): { deviation: Float32Array; weight: Float32Array } {
  if (scale === 1) return { deviation: deviation.slice(), weight: weight.slice() }
  const out = { deviation: new Float32Array(rows * cols), weight: new Float32Array(rows * cols) }
  for (let row = 0, at = 0; row < rows; row++) {
    const firstRow = Math.max(0, row - 1)
    const lastRow = Math.min(rows - 1, row + 1)
    for (let col = 0; col < cols; col++, at++) {
      const firstCol = Math.max(0, col - 1)
      const lastCol = Math.min(cols - 1, col + 1)
      let sum = 0
      let pixels = 0
      for (let r = firstRow; r <= lastRow; r++) {
        for (let i = r * cols + firstCol; i <= r * cols + lastCol; i++) {
          sum += deviation[i] * weight[i]
          pixels += weight[i]
        }
      }
      if (2 * pixels < scale * scale) continue
      out.deviation[at] = sum / pixels
      out.weight[at] = pixels
    }
  }
  return out
}

function hitsOf(
  { deviation, weight }: { deviation: Float32Array; weight: Float32Array },
  { rows, cols, side }: ArtefactCells,
  scale: number,
  shape: Shape,
  noise: AreaNoise,
  spread: number,
  limit: number
): Hit[] {
  const hits: Hit[] = []
  const centre = side >> 1
  for (let row = 0, i = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++, i++) {
      if (!(Math.abs(deviation[i]) > limit * spread)) continue
      const area = Math.floor((row * side) / AREA) * noise.across + Math.floor((col * side) / AREA)
      hits.push({
        row: Math.min(shape[0] - 1, row * side + centre),
        col: Math.min(shape[1] - 1, col * side + centre),
        scale,
        z: deviation[i] / spread,
        deviation: (deviation[i] / Math.sqrt(weight[i])) * noise.sd[area]
      })
    }
  }
  return hits
}

// A pixel that two signs claim keeps that of the finer scale.
function paint({ row, col, scale, z }: Hit, [rows, cols]: Shape, sign: Int8Array, found: Uint8Array): void {
  const reach = scale >> 1
  for (let r = Math.max(0, row - reach); r <= Math.min(rows - 1, row + reach); r++) {
    for (let c = Math.max(0, col - reach); c <= Math.min(cols - 1, col + reach); c++) {
      const i = r * cols + c
      found[i] = 1
      if (sign[i] === 0) sign[i] = z > 0 ? 1 : -1
    }
  }
}

function joinHits(hits: readonly Hit[], sign: Int8Array, { shape }: PixelSelection): Artefact[] {
  const artefacts = [1, -1].flatMap(side => {
    const own = hits.filter(hit => sign[hit.row * shape[1] + hit.col] === side)
    if (own.length === 0) return []
    const { labels, sizes, regions } = labelClusters({ data: Uint32Array.from(sign, value => (value === side ? 1 : 0)), shape })
    const best = new Map<number, Hit>()
    for (const hit of own) {
      const label = labels[hit.row * shape[1] + hit.col]
      const known = best.get(label)
      if (known === undefined || Math.abs(hit.z) > Math.abs(known.z)) best.set(label, hit)
    }
    return [...best].map(([label, { row, col, scale, z, deviation }]) => ({
      row,
      col,
      region: regions[label - 1],
      pixels: sizes[label - 1],
      scale,
      z,
      deviationPercent: 100 * deviation
    }))
  })
  return artefacts.sort((a, b) => Math.abs(b.z) - Math.abs(a.z))
}

function nothing(counts: PixelCounts, scales: readonly number[]): Artefacts {
  return {
    ...counts,
    artefactCount: null,
    artefacts: [],
    scales: scales.map(scale => ({ scale, testedBoxes: 0, limitSigmas: null, noisePercent: null, noiseRatio: null })),
    unknown: { artefactCount: 'the good pixels do not differ, or their level is not above 0' }
  }
}
