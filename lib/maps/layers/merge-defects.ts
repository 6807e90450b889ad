import { OptionError } from '../../errors.js'
import { assertShape } from '../../frame/assert-shape.js'
import type { DefectMap } from '../maps.js'
import { entryFlags } from './entry-flags.js'

export interface MergeDefectsOptions {
  /**
   * In how many of the maps a pixel must be bad to be bad in the result: `or` in one, `and` in all, `fraction` in at least that
   * part of them.
   * @default 'or'
   */
  readonly rule?: 'and' | 'or' | 'fraction'
  /** With rule `fraction`: above 0, at most 1. @default 0.7 */
  readonly fraction?: number
}

/** Maps merged. */
export interface MergedDefects {
  readonly defects: DefectMap
  /** Maps in which a pixel must be bad. */
  readonly needed: number
  /** Pixels that are bad in exactly k maps at index k - 1. */
  readonly badInMaps: readonly number[]
  /** Pixels that are bad in some maps but not in enough. */
  readonly left: number
}

/**
 * Merge defect maps of several exposures. A pixel that is bad in enough of them gets the classes of all maps in which it is bad,
 * OR-ed; which class it had where does not matter. Classes that follow from where the bad pixels stand are left out (see
 * `completeDefects`).
 * @param maps at least one, all of one shape
 * @throws {OptionError} ERR_OPTION without maps, or for an unknown rule or fraction
 * @throws {ShapeError} ERR_SHAPE when shapes differ
 */
export function mergeDefects(maps: readonly DefectMap[], options: MergeDefectsOptions = {}): MergedDefects {
  const { rule = 'or', fraction = 0.7 } = options
  if (maps.length === 0) throw new OptionError({ subject: 'defect maps', expected: 'at least one map to merge', received: 'none' })
  if (maps.length > 255)
    throw new OptionError({ subject: 'defect maps', expected: 'at most 255 maps to merge', received: String(maps.length) })
  maps.forEach((map, k) => assertShape(`defect map ${k + 1}`, map, maps[0].shape))
  const needed = neededOf(rule, fraction, maps.length)
  const { shape } = maps[0]
  const data = new Uint32Array(shape[0] * shape[1])
  const votes = new Uint8Array(data.length)
  for (const map of maps) {
    for (let i = 0; i < data.length; i++) {
      const flags = entryFlags(map.data[i])
      if (flags === 0) continue
      votes[i]++
      data[i] |= flags
    }
  }
  const badInMaps = new Array<number>(maps.length).fill(0)
  let left = 0
  for (let i = 0; i < data.length; i++) {
    if (votes[i] === 0) continue
    badInMaps[votes[i] - 1]++
    if (votes[i] >= needed) continue
    data[i] = 0
    left++
  }
  return { defects: { data, shape }, needed, badInMaps, left }
}

/** Whole maps: 0.7 of 10 is 7, whatever binary fractions make of it. */
function neededOf(rule: string, fraction: number, maps: number): number {
  if (rule === 'or') return 1
  if (rule === 'and') return maps
  if (rule !== 'fraction')
    throw new OptionError({ subject: 'option "rule"', expected: '"and", "or" or "fraction"', received: String(rule) })
  if (!(fraction > 0 && fraction <= 1)) {
    throw new OptionError({ subject: 'option "fraction"', expected: 'a number above 0, at most 1', received: String(fraction) })
  }
  return Math.max(1, Math.ceil(fraction * maps - 1e-9))
}
