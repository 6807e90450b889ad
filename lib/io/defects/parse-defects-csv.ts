import { FormatError } from '../../errors.js'
import type { Shape } from '../../frame/shape.js'
import { DEFECT_FLAGS } from '../../maps/defect-flags.js'
import type { DefectClass } from '../../maps/defect-flags.js'
import { ENTRY_CLASSES } from '../../maps/layers/entry-classes.js'
import { flagsOf } from '../../maps/layers/flags-of.js'
import { assertPanelShape } from './assert-panel-shape.js'
import type { ReadMap } from './read-map.js'

export interface ParseDefectsCsvOptions {
  /** Flags of a pixel without a class. @default DEFECT_FLAGS.user */
  readonly flags?: number
}

/** What a column may be called. */
const COLUMNS: Readonly<Record<string, 'row' | 'col' | 'classes'>> = {
  row: 'row',
  y: 'row',
  col: 'col',
  column: 'col',
  x: 'col',
  class: 'classes',
  classes: 'classes'
}

/**
 * Read bad pixels from CSV: a line of headings, then one pixel per line. Columns in any order: `row` (or `y`) and `col` (`column`, `x`),
 * from 0, and, where there is one, `classes` (`class`), names parted by blanks. Parted by comma, semicolon or tab; blank lines are
 * passed over.
 * @param file name for messages
 * @param shape of the panel, which the file does not state
 * @throws {FormatError} ERR_FORMAT with file, line and column
 */
export function parseDefectsCsv(file: string, text: string, shape: Shape, options: ParseDefectsCsvOptions = {}): ReadMap {
  const { flags = DEFECT_FLAGS.user } = options
  const [rows, cols] = shape
  assertPanelShape(file, rows, cols)
  const [head, ...lines] = text.replace(/^\ufeff/, '').split(/\r?\n/)
  const separator = [';', '\t', ','].find((candidate) => head.includes(candidate)) ?? ','
  const columns = readHead(file, head.split(separator))
  const data = new Uint32Array(rows * cols)
  lines.forEach((line, k) => {
    if (line.trim() === '') return
    const cells = line.split(separator)
    const fail = (cell: number, expected: string): never => {
      const column = 1 + cells.slice(0, cell).reduce((sum, text) => sum + text.length + 1, 0)
      throw new FormatError({ file, line: k + 2, column, expected, received: JSON.stringify(cells[cell] ?? '') })
    }
    if (cells.length !== columns.length) fail(Math.min(cells.length, columns.length), `${columns.length} cells`)
    const place = { row: 0, col: 0 }
    let found = flags
    columns.forEach((name, c) => {
      if (name === 'classes') found = readClasses(cells[c], flags, () => fail(c, `classes of ${ENTRY_CLASSES.join(', ')}`))
      else place[name] = readIndex(cells[c], name === 'row' ? rows : cols, (expected) => fail(c, `a ${name} ${expected}`))
    })
    const at = place.row * cols + place.col
    if (data[at] !== 0) fail(0, 'every pixel once')
    data[at] = found
  })
  return { defects: { data, shape: [rows, cols] }, notes: [] }
}

function readHead(file: string, names: readonly string[]): ('row' | 'col' | 'classes')[] {
  const columns = names.map((name) => COLUMNS[name.trim().toLowerCase()])
  const known = columns.every((name) => name !== undefined) && new Set(columns).size === columns.length
  if (known && columns.includes('row') && columns.includes('col')) return columns
  const received = JSON.stringify(names.join(' ').slice(0, 60))
  throw new FormatError({
    file,
    line: 1,
    column: 1,
    expected: 'headings: row and col (or y and x), and classes where there are any',
    received
  })
}

function readIndex(cell: string, extent: number, fail: (expected: string) => never): number {
  const text = cell.trim()
  const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN
  return value < extent ? value : fail(`from 0 to ${extent - 1}`)
}

function readClasses(cell: string, flags: number, fail: () => never): number {
  const names = cell.trim().split(/\s+/)
  if (names[0] === '') return flags
  if (names.some((name) => !ENTRY_CLASSES.includes(name as DefectClass))) fail()
  return flagsOf(names as DefectClass[])
}
