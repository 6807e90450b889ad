import type { ArtefactCells } from './artefact-cells.js'

/** Boxes of one scale: how far each deviates, and how many pixels it rests on. */
export interface Boxes {
  readonly deviation: Float32Array
  /** Counted pixels of the box; 0: fewer than half. */
  readonly weight: Float32Array
}

/** Mean of each box of 1 or 3 x 3 cells, weighted by pixels; weight 0 where fewer than half of its pixels count. */
export function boxMeans({ deviation, weight, rows, cols }: ArtefactCells, scale: number): Boxes {
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
