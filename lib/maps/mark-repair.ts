import { BAD_PIXEL_BITS, DEFECT_FLAGS } from './defect-flags.js'
import { planDefects } from './plan-defects.js'
import type { DefectMap } from './maps.js'

/**
 * Mark, in place, the cluster kernel pixels and what is beyond trustworthy repair, so that every reader of the map knows without
 * a plan. Flags are OR-ed. Without a good pixel nothing can be repaired.
 * @param defects changed in place
 * @throws {ShapeError} ERR_SHAPE
 */
export function markRepair(defects: DefectMap): void {
  const { data } = defects
  if (data.every((flags) => (flags & BAD_PIXEL_BITS) !== 0)) {
    for (let i = 0; i < data.length; i++) data[i] |= DEFECT_FLAGS.clusterKernel | DEFECT_FLAGS.unrepairable
    return
  }
  const { targets, flags } = planDefects(defects)
  for (let k = 0; k < targets.length; k++) data[targets[k]] |= flags[k]
}
