import { DEFECT_FLAGS } from '../defect-flags.js'
import type { DefectClass } from '../defect-flags.js'

/** The flag bits of defect classes, OR-ed; 0 from none. */
export function flagsOf(classes: readonly DefectClass[]): number {
  return classes.reduce((flags, name) => (flags | DEFECT_FLAGS[name]) >>> 0, 0)
}
