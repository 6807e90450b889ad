import type { Block, FigureRow, FiguresBlock, TableBlock, VerdictBlock } from './blocks/block.js'

/** Figures or a table of a measurement, with a heading. */
export type ReportSection = (FiguresBlock | TableBlock) & { readonly title: string }

export interface MeasurementFacts {
  /** What was measured: `nps from 4 files`. */
  readonly title: string
  /** @default undefined: the measure judges nothing, and the title stands first */
  readonly verdict?: Omit<VerdictBlock, 'kind'>
  /** Where it comes from: name and value. */
  readonly facts: readonly (readonly [string, string])[]
  readonly sections: readonly ReportSection[]
  readonly standard: string
  readonly warnings: readonly string[]
}

/** Report a measurement: verdict, what, from what, the figures and tables, the standard, warnings. */
export function reportMeasurement({ title, verdict, facts, sections, standard, warnings }: MeasurementFacts): Block[] {
  const rows = facts.map(([name, value]): FigureRow => ({ name, value }))
  return [
    ...(verdict === undefined ? [] : [{ kind: 'verdict', ...verdict } as const]),
    { kind: 'figures', title, rows },
    ...sections,
    { kind: 'note', text: `after: ${standard}` },
    { kind: 'list', title: 'warnings', items: warnings }
  ]
}
