import { badPixels } from './bad-pixels.js'
import { countGoodNeighbours } from './count-good-neighbours.js'
import { DEFECT_FLAGS } from './defect-flags.js'
import { labelClusters } from './label-clusters.js'
import type { DefectMap } from './maps.js'

/** Bad pixels with fewer good neighbours than this are cluster kernel pixels. */
const KERNEL_LIMIT = 5

/**
 * Mark, in place, what follows from where the bad pixels of a defect map stand.
 *
 * First a good pixel without a good neighbour becomes bad (`badNeighbourhood`; outside the panel nothing is good, a
 * pixel that has no neighbour at all stays good). Then every member of a group of two or more connected bad pixels gets
 * `cluster`, and every bad pixel with fewer than 5 good neighbours `clusterKernel`. Flags are OR-ed, none is taken away.
 * @param defects changed in place
 * @throws {ShapeError} ERR_SHAPE
 * @see ASTM E2597/E2597M-14, bad neighbourhood, cluster, cluster kernel pixel
 */
export function markClusters(defects: DefectMap): void {
  const { data } = defects
  markBadNeighbourhoods(defects)
  const { labels, sizes } = labelClusters(defects)
  const good = countGoodNeighbours(defects)
  for (let i = 0; i < data.length; i++) {
    if (labels[i] === 0) continue
    if (sizes[labels[i] - 1] > 1) data[i] |= DEFECT_FLAGS.cluster
    if (good[i] < KERNEL_LIMIT) data[i] |= DEFECT_FLAGS.clusterKernel
  }
}

function markBadNeighbourhoods(defects: DefectMap): void {
  const { data } = defects
  const good = countGoodNeighbours(defects)
  const bad = badPixels(defects)
  if (data.length === 1) return
  for (let i = 0; i < data.length; i++) {
    if (bad[i] === 0 && good[i] === 0) data[i] |= DEFECT_FLAGS.badNeighbourhood
  }
}
