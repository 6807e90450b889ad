import type { Region } from '../../frame/region.js'
import type { Shape } from '../../frame/shape.js'
import type { DefectClass } from '../defect-flags.js'

/**
 * Where a defect comes from. `factory`: the map that the panel was delivered with. `found`: what the last calibration found.
 * `user`: edits by people, which have the last word.
 */
export type LayerName = 'factory' | 'found' | 'user'

/** One line of a layer: a rectangle of pixels, what is said of it, and who said so, when and why. Plain JSON. */
export interface DefectEntry {
  /** `remove` is a veto, possible in the user layer only: what the layers below say stays there and does not count. */
  readonly action: 'add' | 'remove'
  readonly region: Region
  /** Classes that are added, or vetoed; none with `remove`: all. */
  readonly classes: readonly DefectClass[]
  /** ISO 8601, a day or a time in UTC (`2026-11-21`, `2026-11-21T05:49:46Z`); null: unknown. Known in the user layer. */
  readonly date: string | null
  /** null: unknown. Known in the user layer. */
  readonly author: string | null
  readonly reason: string
}

/** What is known of the defects of one panel, by origin. The effective map follows by `resolveLayers`. */
export interface DefectLayers {
  /** [rows, cols] of the panel. */
  readonly shape: Shape
  readonly serialNumber: string | null
  readonly factory: readonly DefectEntry[]
  readonly found: readonly DefectEntry[]
  readonly user: readonly DefectEntry[]
}
