import type { DefectMap } from '../../maps/maps.js'

/** What a file said of a map. */
export interface ReadMap {
  readonly defects: DefectMap
  /** What the reader should know: one sentence each. */
  readonly notes: readonly string[]
}
