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

/** Write what an edit of a defect map did as plain text. */
export function reportDefectEdit({ file, archived, badBefore, badAfter, added, removed, entries }: DefectEditFacts): string {
  const [{ action, date, author }] = entries
  const what = `${entries.length} ${entries.length === 1 ? 'entry' : 'entries'} (${action}) by ${author}, ${date}`
  return [
    `edited:  ${file}: ${what}`,
    `bad:     ${badBefore} pixels before, ${badAfter} now: ${added} more, ${removed} less`,
    ...(added + removed === 0 ? ['         no pixel changed sides: what the edit says was so before'] : []),
    ...(archived === null ? [] : [`kept:    ${archived} (the calibration before this edit)`])
  ].join('\n')
}
