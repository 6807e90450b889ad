import { DEFECT_FLAGS } from '../defect-flags.js'
import type { DefectClass } from '../defect-flags.js'
import { ENTRY_CLASSES } from './entry-classes.js'

/** Names of the classes in `flags` that an entry can name, in the order of their bits. */
export function classesOf(flags: number): DefectClass[] {
  return ENTRY_CLASSES.filter((name) => (flags & DEFECT_FLAGS[name]) !== 0)
}
