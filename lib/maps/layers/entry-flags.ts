import { BAD_PIXEL_BITS, DEFECT_FLAGS } from '../defect-flags.js'
import { ENTRY_BITS } from './entry-classes.js'

/**
 * The flags of a pixel without those that follow from where the bad pixels stand. A bad pixel that is left without a class (bits
 * of another program, a lone cluster bit) becomes `user`; a lone bad neighbourhood becomes good, it is worked out anew.
 * @param flags as in `pixel_mask`
 */
export function entryFlags(flags: number): number {
  const own = flags & ENTRY_BITS
  if (own !== 0 || (flags & BAD_PIXEL_BITS) === 0) return own
  return (flags & DEFECT_FLAGS.badNeighbourhood) !== 0 ? 0 : DEFECT_FLAGS.user
}
