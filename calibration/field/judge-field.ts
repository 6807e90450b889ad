import { StackError } from '../../lib/errors.js'
import { badPixels } from '../../lib/maps/bad-pixels.js'
import type { DefectMap } from '../../lib/maps/maps.js'
import type { StackSummary } from '../stack-summary.js'
import { findOutside } from './find-outside.js'
import { findObjects } from './find-objects.js'
import { flagOutside } from './flag-outside.js'
import { measureBlocks } from './measure-blocks.js'
import type { BlockLevels } from './measure-blocks.js'

/** What is done with flats that do not cover the panel. */
export type FieldOption = 'whole' | 'of-view'

/**
 * Judge how the flats cover the panel: what lies outside the field of view is refused, or flagged `unexposed`; an object that was left
 * in the field is warned of.
 * @param flats offset-corrected, one per level
 * @param given flags that are known before; what is bad in them does not count
 * @returns the flags with those of the surroundings (`given` itself where there are none), and warnings
 * @throws {StackError} ERR_STACK when a part of the panel lies outside the field and `field` is "whole"
 */
export function judgeField(
  flats: readonly StackSummary[],
  given: DefectMap | null,
  field: FieldOption
): { readonly flags: DefectMap | null; readonly warnings: readonly string[] } {
  const { shape } = flats[0]
  const bad = given === null ? new Uint8Array(shape[0] * shape[1]) : badPixels(given)
  let flags = given
  const warnings: string[] = []
  const measured: BlockLevels[] = []
  for (const [l, { location }] of flats.entries()) {
    const blocks = measureBlocks(location, bad, shape)
    if (blocks === null) return { flags: given, warnings: [] }
    const outside = findOutside(blocks)
    if (outside !== null) {
      if (field === 'whole') refuse(`flats of level ${l + 1}`, outside.share, outside.level, outside.places)
      flags = { data: flags === null || flags === given ? (flags?.data.slice() ?? new Uint32Array(bad.length)) : flags.data, shape }
      const count = flagOutside(location, blocks, outside.blocks, flags)
      warnings.push(
        `flats of level ${l + 1}: ${percent(count / bad.length)} of the panel lie outside the field of view (${percent(outside.level)} of its ` +
          `signal): flagged as unexposed, no part of any statistic, without a gain`
      )
      for (let block = 0; block < outside.blocks.length; block++) if (outside.blocks[block] === 1) blocks.levels[block] = NaN
    }
    measured.push(blocks)
  }
  return { flags, warnings: [...warnings, ...findObjects(measured)] }
}

function refuse(subject: string, share: number, level: number, places: string): never {
  throw new StackError({
    subject,
    expected: 'flats that cover the whole panel: open the collimator, or take what is covered by option "field": "of-view"',
    received: `${percent(share)} of the panel outside the field of view, at ${percent(level)} of its signal: ${places}`
  })
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(3))} %`
}
