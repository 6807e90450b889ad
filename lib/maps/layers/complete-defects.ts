import type { DefectMap } from '../maps.js'
import { markClusters } from '../mark-clusters.js'
import { planDefects } from '../plan-defects.js'

/**
 * Add, in place, the flags that follow from where the bad pixels stand: bad neighbourhoods, members of clusters, cluster kernel
 * pixels, and what is beyond trustworthy repair.
 * @param defects changed in place; flags are OR-ed
 * @throws {ShapeError} ERR_SHAPE
 * @throws {CalibrationError} ERR_CALIBRATION when no pixel is good
 */
export function completeDefects(defects: DefectMap): void {
  markClusters(defects)
  const { targets, flags } = planDefects(defects)
  for (let k = 0; k < targets.length; k++) defects.data[targets[k]] |= flags[k]
}
