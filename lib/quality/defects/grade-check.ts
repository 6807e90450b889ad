import type { Region } from '../../frame/region.js'
import type { GradeLimit, GradeZone } from './grade.js'

/** One line of a grade table, judged. */
export interface GradeRow {
  /** The line as it stands in the grade. */
  readonly limit: GradeLimit
  /** What was counted, in words: `groups of 2 lines side by side`. */
  readonly meaning: string
  readonly zone: GradeZone
  /** Null: cannot be known. */
  readonly value: number | null
  /** `pixels`, `%`, or empty for a number of things. */
  readonly unit: 'pixels' | '%' | ''
  readonly max: number
  /** `unknown`: the panel cannot give the figure; that is a missed limit too. */
  readonly verdict: 'pass' | 'fail' | 'unknown'
  /** Why it cannot be known; null otherwise. */
  readonly reason: string | null
  /** The worst place, where the figure has one. */
  readonly where: Region | null
}

/** A defect map, held against a grade. */
export interface GradeCheck {
  readonly grade: string
  /** True when every row passes. */
  readonly passed: boolean
  /** Rows that do not pass. */
  readonly missed: number
  /** One per line of the grade, in its order. */
  readonly rows: readonly GradeRow[]
  /** Bad pixels in the rim, which were not judged. */
  readonly rimBadPixels: number
}
