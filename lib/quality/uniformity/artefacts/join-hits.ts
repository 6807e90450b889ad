import { labelClusters } from '../../../maps/label-clusters.js'
import type { Region } from '../../../frame/region.js'
import type { Shape } from '../../../frame/shape.js'
import type { ArtefactHit } from './artefact-hit.js'

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

/**
 * Join touching boxes of one sign, whatever their scale: each connected area is one artefact, told by its worst box.
 * @param sign of each pixel, as `paintHit` left it
 * @returns the largest |z| first
 */
export function joinHits(hits: readonly ArtefactHit[], sign: Int8Array, shape: Shape): Artefact[] {
  const artefacts = [1, -1].flatMap((side) => {
    const own = hits.filter((hit) => sign[hit.row * shape[1] + hit.col] === side)
    if (own.length === 0) return []
    const { labels, sizes, regions } = labelClusters({ data: Uint32Array.from(sign, (value) => (value === side ? 1 : 0)), shape })
    const best = new Map<number, ArtefactHit>()
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
