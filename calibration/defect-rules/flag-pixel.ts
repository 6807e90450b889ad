import { DEFECT_FLAGS } from '../../lib/maps/defect-flags.js'
import type { DefectContext } from './defect-context.js'

/** Pixels of a group, as a power of 2. */
export const GROUP_BITS = 6

/** What a pixel can be without X-rays. */
const DARK_FLAGS = DEFECT_FLAGS.hot | DEFECT_FLAGS.noisy | DEFECT_FLAGS.unstable

/**
 * OR a flag into the defects, and note where: few groups of pixels have any that are new.
 * @returns 1; 0, and nothing done, for a flag on the response of a pixel that is not exposed
 */
export function flagPixel({ defects: { data }, touched }: DefectContext, i: number, flag: number): number {
  if ((data[i] & DEFECT_FLAGS.unexposed) !== 0 && (flag & DARK_FLAGS) === 0) return 0
  data[i] |= flag
  touched[i >> GROUP_BITS] = 1
  return 1
}
