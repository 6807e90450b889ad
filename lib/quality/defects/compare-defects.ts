import { OptionError, ShapeError } from '../../errors.js'
import { assertShape } from '../../frame/assert-shape.js'
import type { Region } from '../../frame/region.js'
import { countGoodNeighbours } from '../../maps/count-good-neighbours.js'
import { DEFECT_FLAGS } from '../../maps/defect-flags.js'
import { isDefect } from '../../maps/is-defect.js'
import type { DefectClass } from '../../maps/defect-flags.js'
import { labelClusters } from '../../maps/label-clusters.js'
import type { DefectMap } from '../../maps/maps.js'
import { nameDefects } from '../../maps/name-defects.js'
import type { NamedLine } from '../../maps/named-defects.js'
import { DEFECT_GROWTH_LIMITS, judgeDefectGrowth } from './judge-defect-growth.js'
import type { DefectGrowthLimits, DefectRecommendation } from './judge-defect-growth.js'

/** Options of {@link compareDefects}. */
export interface CompareDefectsOptions {
  /**
   * Row and column of the earlier map at which the later map begins; may be negative where the earlier one is the crop.
   * @default [0, 0] for maps of one shape; must be stated for others
   */
  readonly origin?: readonly [row: number, col: number]
  /** When the maps were made, ISO 8601; null: unknown. @default null */
  readonly beforeDate?: string | null
  readonly afterDate?: string | null
  /** First row of the lower read-out half, in the common part: no line crosses it. @default null, no halves */
  readonly midline?: number | null
  /** @default DEFECT_GROWTH_LIMITS */
  readonly limits?: Partial<DefectGrowthLimits>
}

/** Pixels that are bad now and were not, were and are not, were and are. */
export interface DefectFate {
  readonly added: number
  readonly healed: number
  readonly persisting: number
}

/** A cluster of the later map that is new or has grown. */
export interface ChangedCluster {
  /** As `nameDefects` names it, in the common part. */
  readonly name: string
  /** In the common part. */
  readonly region: Region
  readonly pixels: number
  /** Of these, pixels that were bad before: 0 for a new cluster. */
  readonly oldPixels: number
}

/** How a defect map changed between two dates, in the part of the panel that both maps cover. */
export interface DefectMapChanges {
  /** The common part, in coordinates of the earlier map. All other places count from its first pixel. */
  readonly common: Region
  readonly pixels: number
  /** Bad pixels of each map in the common part, and those outside, which were not compared. */
  readonly before: { readonly date: string | null; readonly badPixels: number; readonly notCompared: number }
  readonly after: { readonly date: string | null; readonly badPixels: number; readonly notCompared: number }
  readonly defects: DefectFate
  /** By class; classes that neither map has are left out. */
  readonly classes: Readonly<Partial<Record<DefectClass, DefectFate>>>
  /** Bad pixels that have fewer than 5 good neighbours now and did not before; outside the common part nothing is good. */
  readonly newKernelPixels: number
  /** Clusters without a pixel that was bad before, and clusters that gained pixels; the largest first. */
  readonly newClusters: readonly ChangedCluster[]
  readonly grownClusters: readonly ChangedCluster[]
  /** Lines of which more than half of the pixels were good before. */
  readonly newLines: readonly NamedLine[]
  readonly lines: { readonly before: number; readonly after: number }
  /** Null where a date is not known, or both are the same. */
  readonly growth: { readonly days: number; readonly pixelsPerDay: number; readonly percentPerYear: number | null } | null
  readonly recommendation: DefectRecommendation
}

const KERNEL_LIMIT = 5
const DAY = 86_400_000
const DAYS_PER_YEAR = 365.25

/**
 * Compare the defect maps of a panel at two dates: what came, went and stayed, by class; new and grown clusters, new lines, growth
 * per time, and what to do about it by stated rules.
 *
 * Only where both maps cover the panel: a map of a read-out region is compared there when its place is stated. A pixel counts as
 * bad when any of BAD_PIXEL_BITS is set. Growth is (bad after - bad before) per day; percent per year refers to the bad pixels before
 * (null from none).
 * @throws {ShapeError} ERR_SHAPE when shapes differ and no origin was stated
 * @throws {OptionError} ERR_OPTION when the maps have no pixel in common, a date is none, or they run backwards
 * @see ASTM E2597/E2597M-14 for clusters, kernel pixels and lines
 */
export function compareDefects(before: DefectMap, after: DefectMap, options: CompareDefectsOptions = {}): DefectMapChanges {
  const { beforeDate = null, afterDate = null, midline = null, limits = {} } = options
  assertShape('defect map before', before)
  assertShape('defect map after', after)
  const days = daysBetween(beforeDate, afterDate)
  const common = commonPart(before, after, options.origin)
  const [row, col] = options.origin ?? [0, 0]
  const old = cut(before, common)
  const now = cut(after, { ...common, row: common.row - row, col: common.col - col })
  const fates = countFates(old, now)
  const named = nameDefects(now, { midline })
  const newLines = named.lines.filter((line) => linePixels(line, now.shape[1]).filter((i) => isBad(old, i)).length * 2 < line.pixels)
  const changed = changedClusters(old, now, named.clusters)
  const newKernelPixels = countNewKernels(old, now)
  const [badBefore, badAfter] = [fates.all.healed + fates.all.persisting, fates.all.added + fates.all.persisting]
  const perDay = days === null ? null : (badAfter - badBefore) / days
  const percentPerYear = perDay === null || badBefore === 0 ? null : (100 * perDay * DAYS_PER_YEAR) / badBefore
  return {
    common,
    pixels: common.rows * common.cols,
    before: { date: beforeDate, badPixels: badBefore, notCompared: countBad(before) - badBefore },
    after: { date: afterDate, badPixels: badAfter, notCompared: countBad(after) - badAfter },
    defects: fates.all,
    classes: fates.classes,
    newKernelPixels,
    newClusters: changed.filter(({ oldPixels }) => oldPixels === 0),
    grownClusters: changed.filter(({ oldPixels }) => oldPixels > 0),
    newLines,
    lines: { before: nameDefects(old, { midline }).lines.length, after: named.lines.length },
    growth: days === null ? null : { days, pixelsPerDay: perDay!, percentPerYear },
    recommendation: judgeDefectGrowth(
      { newPixels: fates.all.added, newKernelPixels, newLines: newLines.length, growthPercentPerYear: percentPerYear },
      { ...DEFECT_GROWTH_LIMITS, ...limits }
    )
  }
}

function daysBetween(before: string | null, after: string | null): number | null {
  if (before === null || after === null) return null
  const days = (Date.parse(after) - Date.parse(before)) / DAY
  if (days > 0) return days
  if (days === 0) return null
  throw new OptionError({ subject: 'dates of the maps', expected: 'ISO 8601, the earlier map first', received: `${before} and ${after}` })
}

function commonPart(before: DefectMap, after: DefectMap, origin: readonly [number, number] | undefined): Region {
  const [rows, cols] = before.shape
  if (origin === undefined && (after.shape[0] !== rows || after.shape[1] !== cols)) {
    const expected = `shape [${rows}, ${cols}], or its origin on the earlier map`
    throw new ShapeError({ subject: 'defect map after', expected, received: `[${after.shape.join(', ')}]` })
  }
  const [row, col] = origin ?? [0, 0]
  const top = Math.max(0, row)
  const left = Math.max(0, col)
  const bottom = Math.min(rows, row + after.shape[0])
  const right = Math.min(cols, col + after.shape[1])
  if (![row, col].every(Number.isSafeInteger) || bottom <= top || right <= left) {
    throw new OptionError({
      subject: 'option "origin"',
      expected: 'a place where both maps have pixels in common',
      received: `[${row}, ${col}]`
    })
  }
  return { row: top, col: left, rows: bottom - top, cols: right - left }
}

function cut({ data, shape }: DefectMap, { row, col, rows, cols }: Region): DefectMap {
  if (rows === shape[0] && cols === shape[1]) return { data, shape }
  const part = new Uint32Array(rows * cols)
  for (let r = 0; r < rows; r++) {
    const start = (row + r) * shape[1] + col
    part.set(data.subarray(start, start + cols), r * cols)
  }
  return { data: part, shape: [rows, cols] }
}

function isBad({ data }: DefectMap, i: number): boolean {
  return isDefect(data[i])
}

function countBad(defects: DefectMap): number {
  let count = 0
  for (let i = 0; i < defects.data.length; i++) if (isBad(defects, i)) count++
  return count
}

function countFates(old: DefectMap, now: DefectMap): { all: DefectFate; classes: DefectMapChanges['classes'] } {
  const fate = (has: (flags: number) => boolean): DefectFate => {
    let [added, healed, persisting] = [0, 0, 0]
    for (let i = 0; i < now.data.length; i++) {
      const was = has(old.data[i])
      const is = has(now.data[i])
      if (is && was) persisting++
      else if (is) added++
      else if (was) healed++
    }
    return { added, healed, persisting }
  }
  const classes: Partial<Record<DefectClass, DefectFate>> = {}
  for (const [name, bit] of Object.entries(DEFECT_FLAGS)) {
    const counts = fate((flags) => (flags & bit) !== 0)
    if (counts.added + counts.healed + counts.persisting > 0) classes[name as DefectClass] = counts
  }
  return { all: fate(isDefect), classes }
}

function countNewKernels(old: DefectMap, now: DefectMap): number {
  const goodBefore = countGoodNeighbours(old)
  const goodNow = countGoodNeighbours(now)
  let count = 0
  for (let i = 0; i < goodNow.length; i++) {
    if (isBad(now, i) && goodNow[i] < KERNEL_LIMIT && !(isBad(old, i) && goodBefore[i] < KERNEL_LIMIT)) count++
  }
  return count
}

function changedClusters(old: DefectMap, now: DefectMap, named: ReturnType<typeof nameDefects>['clusters']): ChangedCluster[] {
  const { labels, sizes } = labelClusters(now)
  const oldPixels = new Uint32Array(sizes.length)
  for (let i = 0; i < labels.length; i++) if (labels[i] > 0 && isBad(old, i)) oldPixels[labels[i] - 1]++
  return named
    .map(({ name, region, pixels, first }): ChangedCluster => ({ name, region, pixels, oldPixels: oldPixels[labels[first] - 1] }))
    .filter((cluster) => cluster.oldPixels < cluster.pixels)
    .sort((a, b) => b.pixels - b.oldPixels - (a.pixels - a.oldPixels))
}

function linePixels({ runs }: NamedLine, width: number): number[] {
  return runs.flatMap(({ orientation, row, col, length }) => {
    const step = orientation === 'column' ? width : 1
    return Array.from({ length }, (_, k) => row * width + col + k * step)
  })
}
