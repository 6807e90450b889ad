import { wordsOf, wrapText } from './wrap-text.js'

export interface FormatTableOptions {
  /** Side to which each column is aligned; columns beyond the list: left. @default [] */
  readonly align?: readonly ('left' | 'right')[]
  /** Spaces before every line. @default 2 */
  readonly indent?: number
  /** Spaces between columns. @default 2 */
  readonly gap?: number
  /** Longest line, where words can be wrapped so. @default Infinity */
  readonly width?: number
  /** True: words are cut where a line would be too long without. @default false */
  readonly cutWords?: boolean
}

/** No column gets narrower by cutting words. */
const NARROWEST = 8

/**
 * Lay rows of words out in aligned columns of plain text; no colour, no trailing spaces. Rows may be of different length. Where the lines
 * would be too long, the widest columns are wrapped. Width counts characters (code points).
 * @returns lines joined by a line feed; empty from no rows
 */
export function formatTable(rows: readonly (readonly string[])[], options: FormatTableOptions = {}): string {
  const { align = [], indent = 2, gap = 2, width = Infinity, cutWords = false } = options
  const columns = Math.max(0, ...rows.map((row) => row.length))
  const natural = widest(rows, columns, (cell) => [...cell].length)
  const room = width - indent - gap * (columns - 1)
  const words = widest(rows, columns, longestWord)
  // A word that is too long for the last column stands out to the right, and disturbs nothing there.
  const least = words.map((length, column) => (column === columns - 1 ? Math.min(length, NARROWEST) : length))
  const whole = narrow(natural, least, room)
  const cut = words.map((length) => Math.min(length, NARROWEST))
  const widths = cutWords ? narrow(whole, cut, room) : whole
  const lines = rows.flatMap((row) => {
    const cells = row.map((cell, column) => wrapText(cell, widths[column], cutWords))
    const height = Math.max(...cells.map((parts) => parts.length))
    return Array.from({ length: height }, (_, line) => {
      const padded = cells.map((parts, column) => {
        const part = parts[line] ?? ''
        const padding = ' '.repeat(Math.max(0, widths[column] - [...part].length))
        return align[column] === 'right' ? padding + part : part + padding
      })
      return (' '.repeat(indent) + padded.join(' '.repeat(gap))).trimEnd()
    })
  })
  return lines.join('\n')
}

function widest(rows: readonly (readonly string[])[], columns: number, measure: (cell: string) => number): number[] {
  return Array.from({ length: columns }, (_, column) =>
    rows.reduce((most, row) => Math.max(most, column < row.length ? measure(row[column]) : 0), 0)
  )
}

function longestWord(cell: string): number {
  return Math.max(...wordsOf(cell).map((word) => [...word].length))
}

/** Take from the widest column, down to its least width, then from the next, until all fit into the room. */
function narrow(widths: readonly number[], least: readonly number[], room: number): number[] {
  const narrowed = [...widths]
  for (;;) {
    const over = narrowed.reduce((sum, width) => sum + width, 0) - room
    const free = narrowed.map((width, column) => (width > least[column] ? width : 0))
    const column = free.indexOf(Math.max(0, ...free))
    if (over <= 0 || column < 0 || free[column] === 0) return narrowed
    narrowed[column] = Math.max(least[column], narrowed[column] - over)
  }
}
