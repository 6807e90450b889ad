import { DEFECT_FLAGS } from './defect-flags.js'
import type { DefectClass } from './defect-flags.js'
import type { DefectMap } from './maps.js'

/** Number of pixels that carry each flag; a pixel with several flags counts in each. */
export function countDefects(defects: DefectMap): Record<DefectClass, number> {
  const perBit = new Array<number>(32).fill(0)
  const { data } = defects
  for (let i = 0; i < data.length; i++) {
    // Few pixels have any: past eight without at once.
    while (data.length - i > 8 && isClear(data, i)) i += 8
    for (let rest = data[i]; rest !== 0; rest &= rest - 1) perBit[31 - Math.clz32(rest & -rest)]++
  }
  const counts = {} as Record<DefectClass, number>
  for (const name of Object.keys(DEFECT_FLAGS) as DefectClass[]) counts[name] = perBit[31 - Math.clz32(DEFECT_FLAGS[name])]
  return counts
}

function isClear(data: Uint32Array, i: number): boolean {
  return (data[i] | data[i + 1] | data[i + 2] | data[i + 3] | data[i + 4] | data[i + 5] | data[i + 6] | data[i + 7]) === 0
}
