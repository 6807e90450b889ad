import type { Block } from './blocks/block.js'
import type { DefectEntry } from '../maps/layers/defect-layers.js'

/** What {@link reportDefectEdit} writes down. */
export interface DefectEditFacts {
  readonly file: string
  readonly archived: string | null
  readonly badBefore: number
  readonly badAfter: number
  readonly added: number
  readonly removed: number
  readonly entries: readonly DefectEntry[]
}

/** Report what an edit of a defect map did. */
export function reportDefectEdit({ file, archived, badBefore, badAfter, added, removed, entries }: DefectEditFacts): Block[] {
  const [{ action, date, author }] = entries
  const what = `${entries.length} ${entries.length === 1 ? 'entry' : 'entries'} (${action}) by ${author}, ${date}`
  const sides = added + removed === 0 ? '; no pixel changed sides: what the edit says was so before' : ''
  return [
    {
      kind: 'verdict',
      outcome: 'none',
      text: `${badAfter} bad pixels, ${badBefore} before this edit: ${added} more, ${removed} less${sides}`
    },
    {
      kind: 'figures',
      rows: [
        { name: 'edited', value: `${file}: ${what}` },
        ...(archived === null ? [] : [{ name: 'kept', value: `${archived} (the calibration before this edit)` }])
      ]
    }
  ]
}
