import { medianFilter } from '../../../kernels/median/median-filter.js'
import type { PixelSelection } from '../../select-pixels.js'

/** Cells of t x t pixels: how far each deviates from its surroundings, and how many pixels it rests on. */
export interface ArtefactCells {
  /** Pixels along the side of a cell. */
  readonly side: number
  readonly rows: number
  readonly cols: number
  /** Mean of the cell / median of the 21 x 21 cells around it - 1; 0 where the weight is 0. */
  readonly deviation: Float32Array
  /** Counted pixels of the cell; 0: too few (below half), or no median above 0. */
  readonly weight: Float32Array
}

const RADIUS = 10

/**
 * Deviation of every cell of `side` x `side` pixels from the median of the 21 x 21 cells around it, relative to that median. Cells
 * with fewer than half of their pixels do not take part; the window is clipped at borders.
 * @param excluded pixels that are left out on top of those not selected
 */
export function artefactCells(selection: PixelSelection, side: number, excluded: Uint8Array): ArtefactCells {
  const rows = Math.ceil(selection.shape[0] / side)
  const cols = Math.ceil(selection.shape[1] / side)
  const weight = new Float32Array(rows * cols)
  const means = side === 1 ? pixelMeans(selection, excluded, weight) : blockMeans(selection, side, excluded, weight)
  const deviation = new Float32Array(rows * cols)
  const untested = new Uint8Array(rows * cols)
  for (let i = 0; i < untested.length; i++) untested[i] = weight[i] > 0 ? 0 : 1
  medianFilter(means, untested, rows, cols, RADIUS, RADIUS, deviation)
  for (let i = 0; i < deviation.length; i++) {
    if (weight[i] > 0 && deviation[i] > 0) deviation[i] = means[i] / deviation[i] - 1
    else deviation[i] = weight[i] = 0
  }
  return { side, rows, cols, deviation, weight }
}

function pixelMeans({ data, good }: PixelSelection, excluded: Uint8Array, weight: Float32Array): Float32Array {
  for (let i = 0; i < weight.length; i++) weight[i] = good[i] & (excluded[i] ^ 1)
  return data instanceof Float32Array ? data : Float32Array.from(data)
}

function blockMeans({ data, good, shape }: PixelSelection, side: number, excluded: Uint8Array, weight: Float32Array): Float32Array {
  const [height, width] = shape
  const cols = Math.ceil(width / side)
  const sums = new Float64Array(weight.length)
  for (let row = 0, i = 0; row < height; row++) {
    const base = Math.floor(row / side) * cols
    for (let col = 0; col < width; col++, i++) {
      if (good[i] === 0 || excluded[i] !== 0) continue
      const cell = base + Math.floor(col / side)
      sums[cell] += data[i]
      weight[cell]++
    }
  }
  const means = new Float32Array(weight.length)
  for (let cell = 0; cell < means.length; cell++) {
    if (2 * weight[cell] < side * side) weight[cell] = 0
    else means[cell] = sums[cell] / weight[cell]
  }
  return means
}
