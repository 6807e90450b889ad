import { FormatError } from '../../errors.js'
import type { Shape } from '../../frame/shape.js'
import type { DefectClass } from '../../maps/defect-flags.js'
import { assertLayers, LAYER_NAMES } from '../../maps/layers/assert-layers.js'
import type { DefectEntry, DefectLayers, LayerName } from '../../maps/layers/defect-layers.js'
import { ENTRY_CLASSES } from '../../maps/layers/entry-classes.js'
import { parseDate } from '../../maps/layers/parse-date.js'
import { sortLayers } from '../../maps/layers/sort-layers.js'
import { assertPanelShape } from './assert-panel-shape.js'
import { DEFECTS_TEXT_SCHEMA } from './format-defects-text.js'
import { scanLine } from './scan-line.js'
import type { LineScanner } from './scan-line.js'

const QUOTED = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const RANGE = /(\d{1,9})(?:\.\.(\d{1,9}))?/y

/**
 * Read defect layers from their text form (see `formatDefectsText`). Order does not matter, line ends of Windows are welcome, blank
 * lines are passed over; equal lines count once. There are no comments: every entry has its reason.
 * @param file name for messages
 * @returns layers, sorted
 * @throws {FormatError} ERR_FORMAT with file, line and column
 */
export function parseDefectsText(file: string, text: string): DefectLayers {
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/)
  assertSchema(file, lines[0])
  const shape = readShape(file, lines[1] ?? '')
  const serialNumber = readSerial(file, lines[2] ?? '')
  const layers: Record<LayerName, DefectEntry[]> = { factory: [], found: [], user: [] }
  for (let i = 3; i < lines.length; i++) {
    if (lines[i] === '') continue
    const scanner = scanLine(file, i + 1, lines[i])
    const name = oneOf(scanner, LAYER_NAMES, 'a layer')
    layers[name].push(readEntry(scanner, name, shape))
  }
  const all = { shape, serialNumber, ...layers }
  assertLayers(file, all)
  return sortLayers(all)
}

function assertSchema(file: string, line: string): void {
  if (line === DEFECTS_TEXT_SCHEMA) return
  const expected = `the first line "${DEFECTS_TEXT_SCHEMA}"`
  const newer = /^flatpanel\.defects\/\d+$/.test(line)
  throw new FormatError({ file, line: 1, column: 1, expected, received: newer ? `"${line}": another version` : 'another line' })
}

function readShape(file: string, line: string): Shape {
  const scanner = scanLine(file, 2, line)
  scanner.take(/shape/y, 'the word "shape"')
  const rows = Number(scanner.take(/\d{1,9}/y, 'the number of rows')[0])
  const cols = Number(scanner.take(/\d{1,9}/y, 'the number of columns')[0])
  scanner.end()
  assertPanelShape(file, rows, cols, { line: 2 })
  return [rows, cols]
}

function readSerial(file: string, line: string): string | null {
  const scanner = scanLine(file, 3, line)
  scanner.take(/serial/y, 'the word "serial"')
  const serial = readText(scanner, 'the serial number in quotes, or unknown')
  scanner.end()
  return serial
}

function readEntry(scanner: LineScanner, layer: LayerName, shape: Shape): DefectEntry {
  const action = oneOf(scanner, layer === 'user' ? (['add', 'remove'] as const) : (['add'] as const), 'an action')
  const kind = oneOf(scanner, ['point', 'line', 'rectangle'] as const, 'an area')
  const [row, rows] = readRange(scanner, 'row', shape[0], kind === 'point')
  const [col, cols] = readRange(scanner, 'column', shape[1], kind === 'point' || (kind === 'line' && rows > 1))
  const long = Number(rows > 1) + Number(cols > 1)
  if (kind === 'line' && long !== 1) scanner.refuse('a range of rows or of columns for a line', 'one pixel')
  if (kind === 'rectangle' && long !== 2)
    scanner.refuse('ranges of rows and of columns for a rectangle (else: line, point)', 'one row or column')
  const classes = readClasses(scanner, action)
  const [word] = scanner.take(/\S+/y, 'a date, or unknown')
  if (word !== 'unknown' && parseDate(word) === null)
    scanner.refuse('a date such as 2026-11-21 or 2026-11-21T05:49:46Z', JSON.stringify(word))
  if (word === 'unknown' && layer === 'user') scanner.refuse('the date of an edit', word)
  const author = readText(scanner, 'the author in quotes, or unknown')
  if (layer === 'user' && !author?.trim()) scanner.refuse('the author of an edit', author === null ? 'unknown' : 'an empty text')
  const reason = JSON.parse(scanner.take(QUOTED, 'the reason in quotes')[0]) as string
  if (layer === 'user' && !reason.trim()) scanner.refuse('the reason for an edit', 'an empty text')
  scanner.end()
  return { action, region: { row, col, rows, cols }, classes, date: word === 'unknown' ? null : word, author, reason }
}

function oneOf<T extends string>(scanner: LineScanner, known: readonly T[], what: string): T {
  const expected = `${what}: ${known.join(', ')}`
  const [word] = scanner.take(/[^ ]+/y, expected)
  if (!known.includes(word as T)) scanner.refuse(expected, JSON.stringify(word))
  return word as T
}

/** First index and count. */
function readRange(scanner: LineScanner, what: string, extent: number, single: boolean): [number, number] {
  const match = scanner.take(RANGE, single ? `a ${what}` : `a ${what}, or a range of them such as 3..7`)
  const first = Number(match[1])
  const last = match[2] === undefined ? first : Number(match[2])
  if (match[2] !== undefined && single) scanner.refuse(`one ${what}`, match[0])
  if (match[2] !== undefined && last <= first) scanner.refuse(`a range that ascends`, match[0])
  if (last >= extent) scanner.refuse(`a ${what} from 0 to ${extent - 1}`, match[0])
  return [first, last - first + 1]
}

function readClasses(scanner: LineScanner, action: DefectEntry['action']): DefectClass[] {
  const expected = `classes, parted by commas, of ${ENTRY_CLASSES.join(', ')}${action === 'remove' ? '; or all' : ''}`
  const [word] = scanner.take(/[^ ]+/y, expected)
  if (word === 'all' && action === 'remove') return []
  const names = word.split(',')
  const unknown = names.find((name) => !ENTRY_CLASSES.includes(name as DefectClass))
  if (unknown !== undefined) scanner.refuse(expected, JSON.stringify(unknown))
  return ENTRY_CLASSES.filter((name) => names.includes(name))
}

function readText(scanner: LineScanner, expected: string): string | null {
  const [word] = scanner.take(new RegExp(`unknown(?= |$)|${QUOTED.source}`, 'y'), expected)
  return word === 'unknown' ? null : (JSON.parse(word) as string)
}
