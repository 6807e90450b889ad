import { DEFECT_FLAGS } from '../defect-flags.js'
import type { DefectClass } from '../defect-flags.js'

/** Classes that follow from where the bad pixels stand: worked out anew, never entered. */
const DERIVED: readonly DefectClass[] = ['cluster', 'badNeighbourhood', 'clusterKernel', 'unrepairable']

/** The classes that an entry of a layer can name, in the order of their bits. */
export const ENTRY_CLASSES: readonly DefectClass[] = Object.freeze(
  (Object.keys(DEFECT_FLAGS) as DefectClass[]).filter((name) => !DERIVED.includes(name))
)

/** Their bits. */
export const ENTRY_BITS = ENTRY_CLASSES.reduce((bits, name) => bits | DEFECT_FLAGS[name], 0)
