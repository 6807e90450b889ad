import type { Block } from './blocks/block.js'

/** What {@link reportDefectImport} writes down. */
export interface DefectImportFacts {
  readonly file: string
  readonly format: string
  /** Bad pixels of the map that was read. */
  readonly pixels: number
  readonly entries: number
  readonly layer: string
  readonly into: string
  readonly badBefore: number
  readonly badAfter: number
  readonly archived: string | null
}

/** Report how the map of another program came into a layer. */
export function reportDefectImport(facts: DefectImportFacts): Block[] {
  const { file, format, pixels, entries, layer, into, badBefore, badAfter, archived } = facts
  return [
    { kind: 'verdict', outcome: 'none', text: `${badAfter} bad pixels, ${badBefore} before this import: ${into}` },
    {
      kind: 'figures',
      rows: [
        { name: 'read', value: `${file} (${format}, ${pixels} bad pixels, ${entries} entries of the ${layer} layer)` },
        ...(archived === null ? [] : [{ name: 'kept', value: `${archived} (the calibration before this edit)` }])
      ]
    }
  ]
}
