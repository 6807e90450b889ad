import { BAD_PIXEL_BITS, DEFECT_FLAGS } from './defect-flags.js'

/** Whether a pixel is bad for another reason than where it stands: one that no X-rays reach is no defect, whatever else it is. */
export function isDefect(flags: number): boolean {
  return (flags & BAD_PIXEL_BITS) !== 0 && (flags & DEFECT_FLAGS.unexposed) === 0
}
