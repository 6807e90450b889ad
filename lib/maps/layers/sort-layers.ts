import { compareEntries } from './compare-entries.js'
import type { DefectEntry, DefectLayers } from './defect-layers.js'

/** The layers with their entries in order, each once. */
export function sortLayers(layers: DefectLayers): DefectLayers {
  return { ...layers, factory: sorted(layers.factory), found: sorted(layers.found), user: sorted(layers.user) }
}

function sorted(entries: readonly DefectEntry[]): DefectEntry[] {
  return [...entries].sort(compareEntries).filter((entry, i, all) => i === 0 || compareEntries(entry, all[i - 1]) !== 0)
}
