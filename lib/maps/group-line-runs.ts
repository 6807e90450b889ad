import { isDefect } from './is-defect.js'
import type { Region } from '../frame/region.js'
import type { DefectMap } from './maps.js'
import type { LineRun } from './named-defects.js'

/** Part of a line segment that may have bad pixels beside it (ASTM E2597). */
const MOST_ADJACENT = 0.1
/** Runs side by side are a line when they are at least this many times as long as wide ... */
const LEAST_ELONGATION = 2
/** ... and at most this part of their length has bad pixels beside them; otherwise they are parts of a block. */
const MOST_BESIDE = 0.5

/** Runs side by side that make one line. */
export interface RunGroup {
  readonly orientation: LineRun['orientation']
  readonly region: Region
  readonly width: number
  readonly runs: readonly LineRun[]
  readonly pixels: number
  readonly segment: boolean
  readonly half: boolean
}

/** Lines, and the runs that belong to blocks. */
export interface GroupedRuns {
  readonly lines: readonly RunGroup[]
  readonly blockRuns: readonly LineRun[]
}

/**
 * Join parallel runs that lie side by side, over one pixel of their lengths or more, to lines of some width. A group that is less
 * than twice as long as wide, or has bad pixels beside it at more than half of its length, is part of a block: the rows
 * and columns of every large cluster would otherwise be lines.
 * @param runs runs of `defects`, as `findLineRuns` gives them
 * @param midline first row of the lower read-out half; null: no halves
 */
export function groupLineRuns(runs: readonly LineRun[], defects: DefectMap, midline: number | null): GroupedRuns {
  const lines: RunGroup[] = []
  const blockRuns: LineRun[] = []
  for (const orientation of ['column', 'row'] as const) {
    for (const group of joinRuns(runs.filter((run) => run.orientation === orientation))) {
      const line = describe(group, orientation, defects.shape[0], midline)
      const length = orientation === 'column' ? line.region.rows : line.region.cols
      const beside = line.width === 1 ? group[0].adjacentPixels : countBeside(defects, line)
      if (length >= LEAST_ELONGATION * line.width && beside <= MOST_BESIDE * length) lines.push(line)
      else blockRuns.push(...group)
    }
  }
  return { lines, blockRuns }
}

const indexOf = (run: LineRun): number => (run.orientation === 'column' ? run.col : run.row)
const startOf = (run: LineRun): number => (run.orientation === 'column' ? run.row : run.col)
const endOf = (run: LineRun): number => startOf(run) + run.length

/** Parallel runs, sorted by line and start: `before` follows on the line before. */
function joinRuns(runs: readonly LineRun[]): LineRun[][] {
  const parents = runs.map((_, k) => k)
  const rootOf = (k: number): number => {
    while (parents[k] !== k) k = parents[k] = parents[parents[k]]
    return k
  }
  for (let k = 0, before = 0; k < runs.length; k++) {
    const line = indexOf(runs[k]) - 1
    const start = startOf(runs[k])
    const end = endOf(runs[k])
    while (indexOf(runs[before]) < line || (indexOf(runs[before]) === line && endOf(runs[before]) <= start)) before++
    for (let j = before; indexOf(runs[j]) === line && startOf(runs[j]) < end; j++) {
      const [low, high] = [rootOf(j), rootOf(k)].sort((a, b) => a - b)
      parents[high] = low
    }
  }
  const groups = new Map<number, LineRun[]>()
  for (const [k, run] of runs.entries()) {
    const root = rootOf(k)
    const group = groups.get(root)
    if (group) group.push(run)
    else groups.set(root, [run])
  }
  return [...groups.values()]
}

function describe(runs: readonly LineRun[], orientation: LineRun['orientation'], rows: number, midline: number | null): RunGroup {
  const lines = runs.map(indexOf)
  const index = lines[0]
  const width = lines[lines.length - 1] - index + 1
  let start = Infinity
  let end = 0
  let pixels = 0
  for (const run of runs) {
    start = Math.min(start, startOf(run))
    end = Math.max(end, endOf(run))
    pixels += run.length
  }
  const isColumn = orientation === 'column'
  const length = end - start
  return {
    orientation,
    region: isColumn ? { row: start, col: index, rows: length, cols: width } : { row: index, col: start, rows: width, cols: length },
    width,
    runs,
    pixels,
    segment: runs.length === 1 && runs[0].adjacentPixels <= MOST_ADJACENT * runs[0].length,
    half: isColumn && midline !== null && ((start === 0 && end === midline) || (start === midline && end === rows))
  }
}

/** Places along a line at which a pixel next to its bounding rectangle, on either side, is bad. */
function countBeside({ data, shape }: DefectMap, { orientation, region }: RunGroup): number {
  const [rows, cols] = shape
  const isColumn = orientation === 'column'
  const length = isColumn ? region.rows : region.cols
  const step = isColumn ? cols : 1
  const first = region.row * cols + region.col
  const before = first - (isColumn ? 1 : cols)
  const after = first + (isColumn ? region.cols : region.rows * cols)
  const hasBefore = isColumn ? region.col > 0 : region.row > 0
  const hasAfter = isColumn ? region.col + region.cols < cols : region.row + region.rows < rows
  let count = 0
  for (let k = 0; k < length; k++) {
    if ((hasBefore && isDefect(data[before + k * step])) || (hasAfter && isDefect(data[after + k * step]))) count++
  }
  return count
}
