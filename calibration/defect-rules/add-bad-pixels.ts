import { nextNonZero } from '../../lib/kernels/map/next-non-zero.js'
import { BAD_PIXEL_BITS } from '../../lib/maps/defect-flags.js'
import type { DefectContext } from './defect-context.js'
import { GROUP_BITS } from './flag-pixel.js'

/** Pixels that were flagged since the last call become bad for what follows. */
export function addBadPixels({ defects: { data }, bad, touched }: DefectContext): void {
  for (let group = nextNonZero(touched, 0); group < touched.length; group = nextNonZero(touched, group + 1)) {
    touched[group] = 0
    const end = Math.min(data.length, (group + 1) << GROUP_BITS)
    for (let i = group << GROUP_BITS; i < end; i++) if ((data[i] & BAD_PIXEL_BITS) !== 0) bad[i] = 1
  }
}
