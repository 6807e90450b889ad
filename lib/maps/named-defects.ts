import type { Region } from '../frame/region.js'
import type { DefectClass } from './defect-flags.js'

/** Where on the panel a pixel stands: in the rim, in the central zone, or between them. */
export type DefectZone = 'centre' | 'outer' | 'rim'

/** How a panel is divided for counting and grading. */
export interface DefectZoneOptions {
  /** Width of the rim, the outermost rows and columns, pixels. @default 0, no rim */
  readonly rimPixels?: number
  /** Rows and columns of the central zone, in the middle of the panel, in pixels. @default null, none */
  readonly centre?: readonly [rows: number, cols: number] | null
}

/** Two or more bad pixels that touch by a side or a corner. */
export interface NamedCluster {
  /** Bounding rectangle, what it is, bad pixels, kernel pixels if any: `2x3cluster4`, `rel3x4cluster7-2`, `1x20line20`. */
  readonly name: string
  /** `relevant`: with cluster kernel pixels; `line`: without, and it holds a line segment; `cluster`: everything else. */
  readonly kind: 'cluster' | 'relevant' | 'line'
  readonly region: Region
  /** Index of its first bad pixel. */
  readonly first: number
  readonly pixels: number
  /** Kernel pixels, by the rule that was asked for. */
  readonly kernelPixels: number
  /** The same when what lies outside the panel counts as good. */
  readonly kernelPixelsOutsideGood: number
  /** Line segments in it. */
  readonly segments: number
  /** The innermost zone that it touches. */
  readonly zone: DefectZone
  /** Flags of its pixels, OR-ed. */
  readonly flags: number
}

/** Bad pixels in one row or column, without a gap: a line one pixel wide. */
export interface LineRun {
  readonly orientation: 'row' | 'column'
  /** First pixel. */
  readonly row: number
  readonly col: number
  /** Pixels. */
  readonly length: number
  /** Pixels of it that have a bad pixel beside the line, on either side. */
  readonly adjacentPixels: number
}

/** One line, or several side by side. */
export interface NamedLine {
  /** Bounding rectangle and bad pixels of its runs: `1000x1line1000`, `rel400x2line795-795`. */
  readonly name: string
  readonly orientation: 'row' | 'column'
  readonly region: Region
  /** Rows or columns side by side. */
  readonly width: number
  readonly runs: readonly LineRun[]
  /** Bad pixels of its runs. */
  readonly pixels: number
  readonly kernelPixels: number
  readonly kernelPixelsOutsideGood: number
  /** One pixel wide, and at most 10 % of it have a bad pixel beside them (ASTM E2597): a line segment. */
  readonly segment: boolean
  /** Reaches from a border of the panel to the mid-line of the read-out, and no farther. */
  readonly half: boolean
  readonly zone: DefectZone
}

/** Classes of groups connected by sides, lines taken out; see `classifyGroups`. */
export type GroupClass = 'small' | 'medium' | 'large' | 'mega' | 'beyond'

/** Bad pixels that touch by their sides, lines taken out. */
export interface ClassedGroup {
  readonly class: GroupClass
  readonly region: Region
  /** Index of its first bad pixel. */
  readonly first: number
  readonly pixels: number
  /** Side of the largest square of bad pixels in it. */
  readonly core: number
  readonly zone: DefectZone
}

/** What stands in one zone, or on the whole panel. What touches two zones counts in the inner one. */
export interface DefectTally {
  /** Pixels of the zone, good and bad. */
  readonly pixels: number
  readonly badPixels: number
  /** Bad pixels per class; one with several counts in each. */
  readonly classes: Readonly<Record<DefectClass, number>>
  /** Connected by sides or corners: groups of 1, 2, 3, and 4 or more pixels. */
  readonly sizes: { readonly one: number; readonly two: number; readonly three: number; readonly more: number }
  /** Bad pixels with 8 good neighbours on the panel. */
  readonly isolatedPixels: number
  /** Cluster kernel pixels by the rule that was asked for, and by both. */
  readonly kernelPixels: number
  readonly kernelPixelsOutsideGood: number
  readonly kernelPixelsOutsideBad: number
  /** Clusters of the kinds of {@link NamedCluster}. */
  readonly clusters: { readonly cluster: number; readonly relevant: number; readonly line: number }
  /** Line segments after ASTM E2597. */
  readonly segments: number
  /** Lines one by one: each row or column of a wide line counts. */
  readonly lines: number
  /** Groups connected by sides, lines taken out. */
  readonly groups: Readonly<Record<GroupClass, number>>
}

/** All that `nameDefects` says of a defect map. Plain data. */
export interface NamedDefects {
  readonly shape: readonly [rows: number, cols: number]
  /** In row-major order of their first pixels. */
  readonly clusters: readonly NamedCluster[]
  /** Column lines first, then row lines, each from left to right or from top to bottom. */
  readonly lines: readonly NamedLine[]
  /** Runs longer than 10 px that are no lines, but parts of blocks: too wide for their length, or with bad pixels all along. */
  readonly blockRuns: readonly LineRun[]
  /** Groups of class `medium` and above, in row-major order of their first pixels. */
  readonly groups: readonly ClassedGroup[]
  readonly counts: {
    readonly panel: DefectTally
    readonly zones: Readonly<Record<DefectZone, DefectTally>>
    /** Groups connected by sides only, and by sides or corners; isolated pixels are groups of one. */
    readonly groupsBySides: number
    readonly groupsBySidesAndCorners: number
    /** All runs longer than 10 px, and the pixels in them, lines or not. */
    readonly rowRuns: number
    readonly rowRunPixels: number
    readonly columnRuns: number
    readonly columnRunPixels: number
  }
}
