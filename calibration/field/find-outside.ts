import { medianOf } from '../../lib/kernels/median/median-of.js'
import { connectPixels } from '../../lib/maps/connect-pixels.js'
import { measureGroups, regionOfGroup } from '../../lib/maps/measure-groups.js'
import type { BlockLevels } from './measure-blocks.js'

/** What lies outside the field of view. */
export interface Outside {
  /** Per block, 1: outside. */
  readonly blocks: Uint8Array
  /** Part of the panel, and its median signal as part of the field's. */
  readonly share: number
  readonly level: number
  /** Where it is, in rows and columns, half-open. */
  readonly places: string
}

/** Part of the field's level below which a block may lie outside: vignetting and heel effect leave half of it. */
const DARK = 0.4
/** A collimator is seen as a step of this ratio at least within four blocks; shading is smooth. */
const STEP = 1.8
/** Smallest part of a panel that is told. */
const SMALLEST = 0.005

/**
 * Find what lies outside the field of view: parts at the border of the panel that are far darker than the field and end in a step. What is
 * as dark inside the field is an object; what has no signal at all is dead.
 * @returns null when the field covers the panel
 */
export function findOutside(given: BlockLevels): Outside | null {
  const { levels, field, rows, cols, size } = given
  const dark = Uint32Array.from(levels.keys()).filter((block) => levels[block] < DARK * field)
  const connected = connectPixels(dark, cols, false)
  const { groups } = connected
  const measured = measureGroups(dark, connected, cols)
  const blocks = new Uint8Array(levels.length)
  const places: string[] = []
  for (let group = 0; group < measured.sizes.length; group++) {
    const members = dark.filter((_, k) => groups[k] === group)
    if (members.length < SMALLEST * levels.length || !isOutside(given, new Set(members))) continue
    for (const block of members) blocks[block] = 1
    const { row, col, rows: high, cols: wide } = regionOfGroup(measured, group)
    places.push(`rows ${row * size} to ${(row + high) * size}, columns ${col * size} to ${(col + wide) * size}`)
  }
  if (places.length === 0) return null
  const found = levels.filter((_, block) => blocks[block] === 1)
  return { blocks, share: found.length / (rows * cols), level: medianOf(found, found.length) / field, places: places.join('; ') }
}

/** Whether a dark part reaches the border, or what is unknown, and ends in a step. */
function isOutside({ levels, rows, cols }: BlockLevels, members: ReadonlySet<number>): boolean {
  let reachesBorder = false
  const ratios: number[] = []
  for (const block of members) {
    const row = Math.floor(block / cols)
    const col = block - row * cols
    for (const [down, right] of [
      [-1, 0],
      [1, 0],
      [0, -1],
      [0, 1]
    ]) {
      const at = (steps: number): number => {
        const [r, c] = [row + steps * down, col + steps * right]
        return r < 0 || r >= rows || c < 0 || c >= cols ? NaN : levels[r * cols + c]
      }
      const beside = at(1)
      if (beside !== beside) reachesBorder = true
      else if (!members.has(block + down * cols + right)) ratios.push(firstKnown(at(2), beside) / firstKnown(at(-1), levels[block]))
    }
  }
  return reachesBorder && ratios.length > 0 && medianOf(Float32Array.from(ratios), ratios.length) > STEP
}

function firstKnown(value: number, otherwise: number): number {
  return value === value ? value : otherwise
}
