import { BAD_PIXEL_BITS } from '../../maps/defect-flags.js'
import type { DefectMap } from '../../maps/maps.js'
import { classesOf } from '../../maps/layers/classes-of.js'
import { entryFlags } from '../../maps/layers/entry-flags.js'

/**
 * Write the bad pixels of a map as CSV, one line each: `row,col,classes`, places from 0, classes parted by blanks. Pixels that are
 * bad only by their neighbourhood have no class of their own.
 */
export function formatDefectsCsv({ data, shape }: DefectMap): string {
  const lines = ['row,col,classes']
  for (let i = 0; i < data.length; i++) {
    if ((data[i] & BAD_PIXEL_BITS) !== 0)
      lines.push(`${Math.floor(i / shape[1])},${i % shape[1]},${classesOf(entryFlags(data[i])).join(' ')}`)
  }
  return `${lines.join('\n')}\n`
}
