import { InvalidArgumentError } from 'commander'
import type { Region } from '../frame/region.js'
import type { Shape } from '../frame/shape.js'
import type { DefectClass } from '../maps/defect-flags.js'
import { ENTRY_CLASSES } from '../maps/layers/entry-classes.js'
import { parseDate } from '../maps/layers/parse-date.js'

/** Rows and columns with both ends open: the panel ends them. */
export type PanelArea = (shape: Shape) => Region

/** `12,34`, `10..12,20..23`, `..,1277` (a column), `500,..` (a row), `..,..`: rows and columns from 0, both ends included. */
export function parseDefectArea(text: string): PanelArea {
  const match = /^(\d{1,9}|\d{1,9}\.\.\d{1,9}|\.\.|\*),(\d{1,9}|\d{1,9}\.\.\d{1,9}|\.\.|\*)$/.exec(text.replaceAll(' ', ''))
  if (match === null) {
    throw new InvalidArgumentError(`"${text}" is no area: rows,columns such as 12,34 or 10..12,20..23; .. alone is all of them.`)
  }
  const rows = parseRange(match[1])
  const cols = parseRange(match[2])
  return (shape) => {
    const [row, lastRow] = rows ?? [0, shape[0] - 1]
    const [col, lastCol] = cols ?? [0, shape[1] - 1]
    return { row, col, rows: lastRow - row + 1, cols: lastCol - col + 1 }
  }
}

/** Null: all of them. */
function parseRange(text: string): readonly [number, number] | null {
  if (text === '..' || text === '*') return null
  const [first, last = first] = text.split('..').map(Number)
  if (last < first) throw new InvalidArgumentError(`the range ${text} does not ascend.`)
  return [first, last]
}

/** `2000x1600`: rows x columns. */
export function parseDefectShape(text: string): Shape {
  const match = /^(\d{1,9})[x,](\d{1,9})$/.exec(text)
  if (match === null) throw new InvalidArgumentError('--shape takes rows x columns, such as 2000x1600.')
  return [Number(match[1]), Number(match[2])]
}

/** `200,0`: first row and column of a map on the panel. */
export function parseDefectOrigin(text: string): readonly [number, number] {
  const match = /^(-?\d{1,9}),(-?\d{1,9})$/.exec(text)
  if (match === null) throw new InvalidArgumentError('--origin takes row,column, such as 200,0.')
  return [Number(match[1]), Number(match[2])]
}

/** `dead,line`: names of classes, in the order of their bits. */
export function parseDefectClasses(text: string): readonly DefectClass[] {
  const names = text.split(',')
  if (names.some((name) => !ENTRY_CLASSES.includes(name as DefectClass))) {
    throw new InvalidArgumentError(`--class takes names parted by commas, of ${ENTRY_CLASSES.join(', ')}.`)
  }
  return ENTRY_CLASSES.filter((name) => names.includes(name))
}

/** `2026-11-21`, `2026-11-21T05:49:46Z`. */
export function parseDefectDate(text: string): string {
  if (parseDate(text) === null)
    throw new InvalidArgumentError('a date is a day or a time in UTC, such as 2026-11-21 or 2026-11-21T05:49:46Z.')
  return text
}
