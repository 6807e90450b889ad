import type { DefectContext } from './defect-context.js'

/** Pixels of a group, as a power of 2. */
export const GROUP_BITS = 6

/** OR a flag into the defects, and note where: few groups of pixels have any that are new. */
export function flagPixel({ defects: { data }, touched }: DefectContext, i: number, flag: number): void {
  data[i] |= flag
  touched[i >> GROUP_BITS] = 1
}
