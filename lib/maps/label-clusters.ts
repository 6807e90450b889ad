import { assertShape } from '../frame/assert-shape.js'
import { connectPixels } from './connect-pixels.js'
import { listBadPixels } from './list-bad-pixels.js'
import { measureGroups, regionOfGroup } from './measure-groups.js'
import type { Region } from '../frame/region.js'
import type { DefectMap } from './maps.js'

/** Connected groups of bad pixels. A group of one is an isolated bad pixel, not a cluster. */
export interface ClusterLabels {
  /** For every pixel the number of its group from 1, in row-major order of the groups' first pixels; 0: good. */
  readonly labels: Int32Array
  /** Bad pixels of group k at index k - 1. */
  readonly sizes: readonly number[]
  /** Bounding rectangle of group k at index k - 1. */
  readonly regions: readonly Region[]
}

export interface LabelClustersOptions {
  /** 8: sides and corners connect (the standard); 4: sides only. @default 8 */
  connectivity?: 4 | 8
}

/**
 * Number the connected groups of bad pixels.
 * @param defects a pixel counts as bad when any of BAD_PIXEL_BITS is set
 * @throws {ShapeError} ERR_SHAPE
 * @see ASTM E2597/E2597M-14: two pixels are connected by a side or a corner
 */
export function labelClusters(defects: DefectMap, options: LabelClustersOptions = {}): ClusterLabels {
  const { connectivity = 8 } = options
  assertShape('defect map', defects)
  const [rows, cols] = defects.shape
  const pixels = listBadPixels(defects)
  const connected = connectPixels(pixels, cols, connectivity === 8)
  const labels = new Int32Array(rows * cols)
  for (let k = 0; k < pixels.length; k++) labels[pixels[k]] = connected.groups[k] + 1
  const measured = measureGroups(pixels, connected, cols)
  const regions = Array.from({ length: connected.count }, (_, group) => regionOfGroup(measured, group))
  return { labels, sizes: [...measured.sizes], regions }
}
