import type { Region } from '../frame/region.js'
import type { ConnectedPixels } from './connect-pixels.js'

/** Size and place of each group, by its number. */
export interface MeasuredGroups {
  readonly sizes: Int32Array
  /** Index, on the panel, of the first pixel. */
  readonly firsts: Uint32Array
  readonly tops: Int32Array
  readonly lefts: Int32Array
  readonly bottoms: Int32Array
  readonly rights: Int32Array
}

/** Count the pixels of each group and find its bounding rectangle. */
export function measureGroups(pixels: Uint32Array, { groups, count }: ConnectedPixels, cols: number): MeasuredGroups {
  const sizes = new Int32Array(count)
  const firsts = new Uint32Array(count)
  const tops = new Int32Array(count)
  const lefts = new Int32Array(count).fill(cols)
  const bottoms = new Int32Array(count)
  const rights = new Int32Array(count).fill(-1)
  for (let k = 0; k < pixels.length; k++) {
    const group = groups[k]
    const row = Math.floor(pixels[k] / cols)
    const col = pixels[k] - row * cols
    if (sizes[group]++ === 0) {
      firsts[group] = pixels[k]
      tops[group] = row
    }
    bottoms[group] = row
    if (col < lefts[group]) lefts[group] = col
    if (col > rights[group]) rights[group] = col
  }
  return { sizes, firsts, tops, lefts, bottoms, rights }
}

/** Bounding rectangle of one group. */
export function regionOfGroup({ tops, lefts, bottoms, rights }: MeasuredGroups, group: number): Region {
  const row = tops[group]
  const col = lefts[group]
  return { row, col, rows: bottoms[group] - row + 1, cols: rights[group] - col + 1 }
}
