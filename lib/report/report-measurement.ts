import { formatTable } from './format-table.js'
import { warningLines } from './warning-lines.js'

/** A table with a heading. */
export interface ReportSection {
  readonly title: string
  /** No row: the section is left out. */
  readonly rows: readonly (readonly string[])[]
  /** Side to which each column is aligned. @default left, the second one right */
  readonly align?: readonly ('left' | 'right')[]
}

export interface MeasurementText {
  /** What was measured: `nps from 4 files`. */
  readonly title: string
  /** Stands before everything else. @default undefined: none */
  readonly verdict?: string
  /** Where it comes from: name and value. */
  readonly facts: readonly (readonly [string, string])[]
  readonly sections: readonly ReportSection[]
  readonly standard: string
  readonly warnings: readonly string[]
}

/** Write a measurement as plain text: verdict, what, from what, the tables, the standard, warnings. */
export function reportMeasurement({ title, verdict, facts, sections, standard, warnings }: MeasurementText): string {
  return [
    ...(verdict === undefined ? [] : [verdict]),
    title,
    formatTable(facts),
    ...sections
      .filter(({ rows }) => rows.length > 0)
      .flatMap(({ title: heading, rows, align = ['left', 'right'] }) => ['', heading, formatTable(rows, { align })]),
    '',
    `after: ${standard}`,
    ...warningLines(warnings)
  ].join('\n')
}
