import { countDefects as countFlags } from '../maps/count-defects.js'
import type { DefectClass } from '../maps/defect-flags.js'
import { isDefect } from '../maps/is-defect.js'
import type { DefectMap } from '../maps/maps.js'

export interface DefectCounts {
  /** Pixels of the exposed field. */
  readonly pixels: number
  /** Defects. */
  readonly badPixels: number
  readonly badPercent: number
  /** Pixels of every class, informing bits too; one pixel may belong to several. */
  readonly classes: Readonly<Record<DefectClass, number>>
}

/** Count bad pixels and the members of each defect class. */
export function countDefects(defects: DefectMap): DefectCounts {
  const { data } = defects
  const classes = countFlags(defects)
  const pixels = data.length - classes.unexposed
  let badPixels = 0
  for (let i = 0; i < data.length; i++) if (isDefect(data[i])) badPixels++
  return { pixels, badPixels, badPercent: (100 * badPixels) / pixels, classes }
}
