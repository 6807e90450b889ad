import { DEFECT_FLAGS } from './defect-flags.js'
import type { DefectClass } from './defect-flags.js'
import type { DefectMap } from './maps.js'

/** Number of pixels that carry each flag; a pixel with several flags counts in each. */
export function countDefects(defects: DefectMap): Record<DefectClass, number> {
  const perBit = new Array<number>(32).fill(0)
  for (let i = 0; i < defects.data.length; i++) {
    for (let rest = defects.data[i]; rest !== 0; rest &= rest - 1) perBit[31 - Math.clz32(rest & -rest)]++
  }
  const counts = {} as Record<DefectClass, number>
  for (const name of Object.keys(DEFECT_FLAGS) as DefectClass[]) counts[name] = perBit[31 - Math.clz32(DEFECT_FLAGS[name])]
  return counts
}
