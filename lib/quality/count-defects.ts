import { BAD_PIXEL_BITS, DEFECT_FLAGS } from '../maps/defect-flags.js'
import type { DefectClass } from '../maps/defect-flags.js'
import type { DefectMap } from '../maps/maps.js'

export interface DefectCounts {
  readonly pixels: number
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
    if ((flags & BAD_PIXEL_BITS) !== 0) badPixels++
    for (; flags !== 0; flags &= flags - 1) perBit[31 - Math.clz32(flags & -flags)]++
  }
  const classes = Object.entries(DEFECT_FLAGS).map(([name, flag]) => [name, perBit[31 - Math.clz32(flag)]])
  return {
    pixels: data.length,
    badPixels,
    badPercent: (100 * badPixels) / data.length,
    classes: Object.fromEntries(classes) as Record<DefectClass, number>
  }
}
