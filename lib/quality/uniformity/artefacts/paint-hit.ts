import type { Shape } from '../../../frame/shape.js'
import type { ArtefactHit } from './artefact-hit.js'

/**
 * Mark the pixels under a box that deviates. A pixel that two signs claim keeps that of the finer scale.
 * @param sign 1 or -1 where a box deviates
 * @param found 1 where a box deviates: left out of coarser scales
 */
export function paintHit({ row, col, scale, z }: ArtefactHit, [rows, cols]: Shape, sign: Int8Array, found: Uint8Array): void {
  const reach = scale >> 1
  for (let r = Math.max(0, row - reach); r <= Math.min(rows - 1, row + reach); r++) {
    for (let c = Math.max(0, col - reach); c <= Math.min(cols - 1, col + reach); c++) {
      const i = r * cols + c
      found[i] = 1
      if (sign[i] === 0) sign[i] = z > 0 ? 1 : -1
    }
  }
}
