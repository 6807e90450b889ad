import { OptionError } from '../errors.js'
import { assertShape } from '../frame/assert-shape.js'
import { BAD_PIXEL_BITS, DEFECT_FLAGS } from './defect-flags.js'
import { markClusters } from './mark-clusters.js'
import { markRepair } from './mark-repair.js'
import type { Region } from '../frame/region.js'
import type { Shape } from '../frame/shape.js'
import type { DefectMap } from './maps.js'

/** Options of {@link projectDefects}. */
export interface ProjectDefectsOptions {
  /** Pixels of the map that make one pixel of the frames, [rows, cols]. @default [1, 1] */
  readonly binning?: readonly [rows: number, cols: number]
  /** Read-out region in pixels of the map, before binning; a whole number of cells. @default the whole map */
  readonly region?: Region
  /**
   * A cell is bad when more than this part of its pixels is bad, from 0 to below 1. 0: one bad pixel spoils its cell, because
   * its charge is in the sum and nothing can take it out again. More may serve for pixels that lack signal only, which the
   * gain map of the binned mode makes up for.
   * @default 0
   */
  readonly mostBad?: number
}

/** Flags that follow from where bad pixels stand; they are made anew. */
const DERIVED = DEFECT_FLAGS.cluster | DEFECT_FLAGS.badNeighbourhood | DEFECT_FLAGS.clusterKernel | DEFECT_FLAGS.unrepairable

/**
 * Make the defect map of frames that were read out binned, or from a part of the panel, out of the map of the whole panel.
 *
 * A cell is bad when more than `mostBad` of its pixels are bad, and then has the classes of them all, OR-ed; one that stays good
 * has none. What follows from positions (member of a cluster, bad neighbourhood, kernel pixel, beyond repair) is found anew,
 * because binning joins what was apart and a border takes neighbours away; a pixel that was bad for one of these reasons
 * alone stays bad. Incomplete cells are refused, not dropped. Binning is counted in pixels of the map, whatever its own mode.
 * @param defects not changed
 * @returns map of [region.rows / binning rows, region.cols / binning cols]
 * @throws {ShapeError} ERR_SHAPE
 * @throws {OptionError} ERR_OPTION when the region is not inside the map, or no whole number of cells
 * @see derived here: the sum over a cell contains its bad pixels, so that any of them spoils it
 */
export function projectDefects(defects: DefectMap, options: ProjectDefectsOptions = {}): DefectMap {
  assertShape('defect map', defects)
  const [rows, cols] = defects.shape
  const { binning = [1, 1], region = { row: 0, col: 0, rows, cols }, mostBad = 0 } = options
  assertRegion(region, defects.shape)
  assertBinning(binning, region)
  if (!(mostBad >= 0 && mostBad < 1)) {
    throw new OptionError({ subject: 'option "mostBad"', expected: 'a number from 0 to below 1', received: String(mostBad) })
  }
  const projected = sumCells(defects, binning, region, mostBad * binning[0] * binning[1])
  markClusters(projected)
  markRepair(projected)
  return projected
}

/** @param most bad pixels that a good cell may have */
function sumCells({ data, shape }: DefectMap, [down, across]: readonly [number, number], region: Region, most: number): DefectMap {
  const rows = region.rows / down
  const cols = region.cols / across
  const flags = new Uint32Array(rows * cols)
  const counts = new Uint32Array(rows * cols)
  for (let row = 0; row < region.rows; row++) {
    const from = (region.row + row) * shape[1] + region.col
    const cells = Math.floor(row / down) * cols
    for (let col = 0; col < region.cols; col++) {
      const value = data[from + col]
      if (value === 0) continue
      const cell = cells + Math.floor(col / across)
      flags[cell] |= value
      if ((value & BAD_PIXEL_BITS) !== 0) counts[cell]++
    }
  }
  for (let cell = 0; cell < flags.length; cell++) {
    if (flags[cell] !== 0) flags[cell] = flagsOfCell(flags[cell], counts[cell] > most)
  }
  return { data: flags, shape: [rows, cols] }
}

function flagsOfCell(flags: number, isBad: boolean): number {
  const informing = flags & ~BAD_PIXEL_BITS & ~DERIVED
  if (!isBad) return informing
  const classes = flags & BAD_PIXEL_BITS & ~DERIVED
  return informing | (classes === 0 ? flags & BAD_PIXEL_BITS : classes)
}

function assertRegion({ row, col, rows, cols }: Region, shape: Shape): void {
  const whole = [row, col, rows, cols].every(Number.isSafeInteger)
  if (whole && row >= 0 && col >= 0 && rows > 0 && cols > 0 && row + rows <= shape[0] && col + cols <= shape[1]) return
  throw new OptionError({
    subject: 'option "region"',
    expected: `whole rows and columns inside [${shape.join(', ')}]`,
    received: `row ${row}, col ${col}, rows ${rows}, cols ${cols}`
  })
}

function assertBinning([down, across]: readonly [number, number], { rows, cols }: Region): void {
  const fits = (step: number, length: number): boolean => Number.isSafeInteger(step) && step >= 1 && length % step === 0
  if (fits(down, rows) && fits(across, cols)) return
  throw new OptionError({
    subject: 'option "binning"',
    expected: `whole numbers that divide the region of ${rows} x ${cols} px`,
    received: `[${down}, ${across}]`
  })
}
