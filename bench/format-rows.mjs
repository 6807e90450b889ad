/** The rows of one contest as lines of text. */
export function formatRows(title, rows) {
  const cells = rows.map((row) => [
    row.what,
    figure(row.ours),
    row.against === null ? '' : figure(row.against),
    row.value === null ? '-' : number(row.value),
    row.bar === null ? '' : `${row.sign} ${row.bar}`,
    verdict(row)
  ])
  const head = ['', 'ours', 'theirs', 'value', 'bar', '']
  const widths = head.map((text, col) => Math.max(text.length, ...cells.map((line) => (col === 5 ? 0 : line[col].length))))
  const lines = [head, ...cells].map((line) =>
    line
      .map((text, col) => (col === 0 || col === 5 ? text.padEnd(widths[col]) : text.padStart(widths[col])))
      .join('  ')
      .trimEnd()
  )
  return [title, ...lines.map((line) => `  ${line}`)].join('\n')
}

/** Who does what, and who allocates: one line per contender of all rows. */
export function formatLegend(rows) {
  const seen = new Map()
  for (const { ours, against } of rows) {
    for (const entry of [ours, against])
      if (entry) seen.set(entry.name, `  ${entry.name}: ${entry.does}; ${entry.allocates}; ${entry.clock} time`)
  }
  return [...seen.values()].join('\n')
}

function figure({ median, unit }) {
  return median === null ? '-' : `${number(median)} ${unit}`
}

function number(value) {
  const size = Math.abs(value)
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 || size === 0 ? 2 : 3)
}

function verdict({ met, missing, note }) {
  if (missing !== null) return `not there: ${missing}`
  const said = met === null ? '' : met ? 'met' : 'MISSED'
  return note ? `${said}${said ? '; ' : ''}${note}` : said
}
