import { assertShape } from '../../frame/assert-shape.js'
import type { DefectMap } from '../maps.js'
import { classesOf } from './classes-of.js'
import type { DefectEntry } from './defect-layers.js'
import { entryFlags } from './entry-flags.js'

/** Runs of one row that are still growing downwards. */
interface OpenRun {
  readonly row: number
  readonly col: number
  readonly cols: number
  readonly flags: number
}

/**
 * Describe a defect map by entries: runs of equal flags along a row, joined downwards where run and flags repeat, so that a
 * column is one entry. Derived classes (cluster, kernel pixel, bad neighbourhood, unrepairable) are left out.
 * @param defects flags [rows, cols]
 * @param facts date, author and reason of every entry
 * @returns entries in row-major order of their first pixels; no pixel stands in two
 * @throws {ShapeError} ERR_SHAPE
 */
export function entriesOfMap(defects: DefectMap, facts: Pick<DefectEntry, 'date' | 'author' | 'reason'>): DefectEntry[] {
  assertShape('defect map', defects)
  const [rows, cols] = defects.shape
  const entries: DefectEntry[] = []
  let open = new Map<number, OpenRun>()
  const close = ({ row, col, cols: width, flags }: OpenRun, end: number): void => {
    entries.push({ action: 'add', region: { row, col, rows: end - row, cols: width }, classes: classesOf(flags), ...facts })
  }
  for (let row = 0; row < rows; row++) {
    const next = new Map<number, OpenRun>()
    for (const run of runsOf(defects, row, cols)) {
      const above = open.get(run.col)
      const continues = above !== undefined && above.cols === run.cols && above.flags === run.flags
      if (continues) open.delete(run.col)
      next.set(run.col, continues ? above : run)
    }
    for (const run of open.values()) close(run, row)
    open = next
  }
  for (const run of open.values()) close(run, rows)
  return entries.sort((a, b) => a.region.row - b.region.row || a.region.col - b.region.col)
}

function runsOf({ data }: DefectMap, row: number, cols: number): OpenRun[] {
  const runs: OpenRun[] = []
  for (let col = 0; col < cols;) {
    const flags = entryFlags(data[row * cols + col])
    const start = col++
    if (flags === 0) continue
    while (col < cols && entryFlags(data[row * cols + col]) === flags) col++
    runs.push({ row, col: start, cols: col - start, flags })
  }
  return runs
}
