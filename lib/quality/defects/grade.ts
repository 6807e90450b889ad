import type { DefectClass } from '../../maps/defect-flags.js'
import type { GroupClass } from '../../maps/named-defects.js'

/** Where a limit holds: everything inside the rim, or the central zone, which is a part of that. */
export type GradeZone = 'general' | 'centre'

interface LimitBase {
  readonly zone: GradeZone
  /** Largest figure that passes. */
  readonly max: number
  /** Free text: where the limit comes from. */
  readonly note?: string
}

export interface BadPixelLimit extends LimitBase {
  readonly figure: 'badPixels' | 'badPercent'
  readonly class?: DefectClass
}

export interface CountLimit extends LimitBase {
  readonly figure: 'isolatedPixels' | 'kernelPixels' | 'lines' | 'segments'
}

export interface ClusterLimit extends LimitBase {
  readonly figure: 'clusters' | 'relevantClusters'
  readonly minimumPixels?: number
  readonly maximumPixels?: number
}

export interface AdjacentLineLimit extends LimitBase {
  readonly figure: 'adjacentLines'
  readonly minimumWidth: number
  readonly maximumWidth?: number
}

export interface GroupLimit extends LimitBase {
  readonly figure: 'groups'
  readonly class: GroupClass
}

export interface LocalLimit extends LimitBase {
  readonly figure: 'localPixels' | 'localPercent'
  /** Side of the square, pixels. */
  readonly window: number
}

/** One line of a grade table; the figures are explained in the schema, and in docs/defects.md. */
export type GradeLimit = BadPixelLimit | CountLimit | ClusterLimit | AdjacentLineLimit | GroupLimit | LocalLimit

/** The content of a grade file: what a panel may have to be accepted. */
export interface Grade {
  readonly schema: 'flatpanel.grade/1'
  readonly name: string
  /** Where the table comes from. */
  readonly source?: string
  readonly zones: {
    /** Width of the rim in pixels: what stands there is not judged. */
    readonly rimPixels: number
    /** Rows and columns of the central zone, in the middle of the panel. */
    readonly centre?: readonly [rows: number, cols: number]
  }
  /** What lies outside the panel, for cluster kernel pixels; `bad` when absent. */
  readonly outside?: 'bad' | 'good'
  readonly limits: readonly GradeLimit[]
}
