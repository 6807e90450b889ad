import { OptionError } from '../../errors.js'
import { areaNoise } from './artefacts/area-noise.js'
import { artefactCells } from './artefacts/artefact-cells.js'
import { joinHits } from './artefacts/join-hits.js'
import { judgeScale } from './artefacts/judge-scale.js'
import { paintHit } from './artefacts/paint-hit.js'
import { withoutShading } from './artefacts/without-shading.js'
import { selectPixels } from '../select-pixels.js'
import type { Region } from '../../frame/region.js'
import type { DefectMap } from '../../maps/maps.js'
import type { Artefact } from './artefacts/join-hits.js'
import type { ArtefactScale, JudgedScale } from './artefacts/judge-scale.js'
import type { Unknowns } from '../figure.js'
import type { MeasurableFrame } from '../measurable-frame.js'
import type { PixelCounts } from '../select-pixels.js'

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

export interface Artefacts extends PixelCounts {
  readonly artefactCount: number | null
  /** The largest |z| first, at most `maximumArtefacts`. */
  readonly artefacts: readonly Artefact[]
  readonly scales: readonly ArtefactScale[]
  readonly unknown: Unknowns
}

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
  const judged: JudgedScale[] = []
  const sign = new Int8Array(found.length)
  for (const scale of scales) {
    const side = scale === 1 ? 1 : scale / 3
    if (side !== cells.side) cells = artefactCells(selection, side, found)
    const result = judgeScale(cells, scale, noise, selection.shape, { sigmas, budget: falsePositives / scales.length })
    for (const hit of result.hits) paintHit(hit, selection.shape, sign, found)
    // Boxes of 1 and 3 share their cells, which are pixels.
    if (side === 1) for (let i = 0; i < found.length; i++) if (found[i] !== 0) cells.weight[i] = 0
    judged.push(result)
  }
  const artefacts = joinHits(
    judged.flatMap(({ hits }) => hits),
    sign,
    selection.shape
  )
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

function nothing(counts: PixelCounts, scales: readonly number[]): Artefacts {
  return {
    ...counts,
    artefactCount: null,
    artefacts: [],
    scales: scales.map((scale) => ({ scale, testedBoxes: 0, limitSigmas: null, noisePercent: null, noiseRatio: null })),
    unknown: { artefactCount: 'the good pixels do not differ, or their level is not above 0' }
  }
}
