import { chiSquareQuantile } from '../../../kernels/statistics/chi-square-quantile.js'
import { AREA } from './area-noise.js'
import { boxMeans } from './box-means.js'
import { spreadOf } from './spread-of.js'
import type { Shape } from '../../../frame/shape.js'
import type { AreaNoise } from './area-noise.js'
import type { ArtefactCells } from './artefact-cells.js'
import type { ArtefactHit } from './artefact-hit.js'
import type { Boxes } from './box-means.js'

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

/** A scale and the boxes that deviate at it. */
export interface JudgedScale {
  readonly facts: ArtefactScale
  readonly hits: readonly ArtefactHit[]
}

export interface JudgeScaleOptions {
  /** Limit of |z|; undefined: from the budget. */
  readonly sigmas: number | undefined
  /** False detections to be expected at this scale in white noise. */
  readonly budget: number
}

/** Fewer boxes than this give no spread to compare with. */
const FEWEST_BOXES = 50

/**
 * Find the boxes of one scale that deviate: |z| above the limit, z = deviation / (noise of a pixel / sqrt(pixels in the box)) over the
 * robust spread that all boxes show, where that is above 1.
 * @param cells of a third of the scale, or of pixels for scales 1 and 3
 * @param shape of the frame
 */
export function judgeScale(
  cells: ArtefactCells,
  scale: number,
  noise: AreaNoise,
  shape: Shape,
  { sigmas, budget }: JudgeScaleOptions
): JudgedScale {
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

function hitsOf(
  { deviation, weight }: Boxes,
  { rows, cols, side }: ArtefactCells,
  scale: number,
  shape: Shape,
  noise: AreaNoise,
  spread: number,
  limit: number
): ArtefactHit[] {
  const hits: ArtefactHit[] = []
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
