export interface FormatTableOptions {
  /** Side to which each column is aligned; columns beyond the list: left. @default [] */
  readonly align?: readonly ('left' | 'right')[]
  /** Spaces before every line. @default 2 */
  readonly indent?: number
  /** Spaces between columns. @default 2 */
  readonly gap?: number
}

/**
 * Lay rows of words out in aligned columns of plain text, one line per row; no colour, no trailing spaces. Rows may be of different length.
 * Width counts characters (code points).
 * @returns lines joined by a line feed; empty from no rows
 */
export function formatTable(rows: readonly (readonly string[])[], { align = [], indent = 2, gap = 2 }: FormatTableOptions = {}): string {
  const widths: number[] = []
  for (const row of rows) row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, [...cell].length)))
  const lines = rows.map((row) => {
    const cells = row.map((cell, column) => {
      const padding = ' '.repeat(widths[column] - [...cell].length)
      return align[column] === 'right' ? padding + cell : cell + padding
    })
    return (' '.repeat(indent) + cells.join(' '.repeat(gap))).trimEnd()
  })
  return lines.join('\n')
}
