import { DEFECT_FLAGS } from '../maps/defect-flags.js'
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
  const perBit = new Float64Array(32)
  let badPixels = 0
  const { data } = defects
  for (let i = 0; i < data.length; i++) {
    let flags = data[i]
    if (flags === 0) continue
    if (isDefect(flags)) badPixels++
    for (; flags !== 0; flags &= flags - 1) perBit[31 - Math.clz32(flags & -flags)]++
  }
  const classes = Object.entries(DEFECT_FLAGS).map(([name, flag]) => [name, perBit[31 - Math.clz32(flag)]])
  const pixels = data.length - perBit[31 - Math.clz32(DEFECT_FLAGS.unexposed)]
  return {
    pixels,
    badPixels,
    badPercent: (100 * badPixels) / pixels,
    classes: Object.fromEntries(classes) as Record<DefectClass, number>
  }
}
