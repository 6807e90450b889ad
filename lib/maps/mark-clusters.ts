import { connectPixels } from './connect-pixels.js'
import { countGoodNeighbours } from './count-good-neighbours.js'
import { BAD_PIXEL_BITS, DEFECT_FLAGS } from './defect-flags.js'
import { listBadPixels } from './list-bad-pixels.js'
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
  const good = markBadNeighbourhoods(defects)
  const pixels = listBadPixels(defects)
  const { groups, count } = connectPixels(pixels, defects.shape[1], true)
  const sizes = new Uint32Array(count)
  for (let k = 0; k < pixels.length; k++) sizes[groups[k]]++
  for (let k = 0; k < pixels.length; k++) {
    if (sizes[groups[k]] > 1) data[pixels[k]] |= DEFECT_FLAGS.cluster
    if (good[pixels[k]] < KERNEL_LIMIT) data[pixels[k]] |= DEFECT_FLAGS.clusterKernel
  }
}

/** Returns the good neighbours of every pixel when that is done. */
function markBadNeighbourhoods(defects: DefectMap): Uint8Array {
  const { data } = defects
  const good = countGoodNeighbours(defects)
  if (data.length === 1) return good
  let found = 0
  const before = data.length - 8
  for (let i = 0; i < data.length; i++) {
    // Nearly all have a good neighbour: past eight of them at once.
    while (i < before && haveGood(good, i)) i += 8
    if (good[i] !== 0 || (data[i] & BAD_PIXEL_BITS) !== 0) continue
    data[i] |= DEFECT_FLAGS.badNeighbourhood
    found++
  }
  return found === 0 ? good : countGoodNeighbours(defects)
}

function haveGood(good: Uint8Array, i: number): boolean {
  const some = good[i] !== 0 && good[i + 1] !== 0 && good[i + 2] !== 0 && good[i + 3] !== 0
  return some && good[i + 4] !== 0 && good[i + 5] !== 0 && good[i + 6] !== 0 && good[i + 7] !== 0
}
