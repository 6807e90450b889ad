import type { DefectEntry, DefectLayers } from '../../maps/layers/defect-layers.js'
import { assertLayers, LAYER_NAMES } from '../../maps/layers/assert-layers.js'
import { sortLayers } from '../../maps/layers/sort-layers.js'

/** First line of the text form: kind and version. */
export const DEFECTS_TEXT_SCHEMA = 'flatpanel.defects/1'

/**
 * Write defect layers as text that diffs cleanly: three lines of header, then one entry per line, sorted by layer and place.
 *
 * ```
 * flatpanel.defects/1
 * shape 2000 2000
 * serial "SN1234"
 * factory add point 12 34 user unknown unknown "map of delivery"
 * found add line 0..999 1277 dead,line 2026-11-21T05:49:46Z "flatpanel 0.1.0" "found by calibration"
 * user remove rectangle 10..12 20..23 all 2026-11-22 "J. Doe" "dust on the window, cleaned"
 * ```
 * An entry: layer, action, area (`point row col`, `line` and `rectangle` with ranges of rows and columns from 0, both ends
 * included), classes (`all` with `remove`: whatever is there), date, author, reason (JSON strings; `unknown` without quotes).
 * Equal layers give equal texts.
 * @throws {CalibrationError} ERR_CALIBRATION for layers that cannot be
 */
export function formatDefectsText(layers: DefectLayers): string {
  assertLayers('defect layers', layers)
  const { shape, serialNumber, ...sorted } = sortLayers(layers)
  const lines = [DEFECTS_TEXT_SCHEMA, `shape ${shape[0]} ${shape[1]}`, `serial ${textOf(serialNumber)}`]
  for (const name of LAYER_NAMES) for (const entry of sorted[name]) lines.push(`${name} ${lineOf(entry)}`)
  return `${lines.join('\n')}\n`
}

function lineOf({ action, region, classes, date, author, reason }: DefectEntry): string {
  const { row, col, rows, cols } = region
  const kind = rows === 1 && cols === 1 ? 'point' : rows === 1 || cols === 1 ? 'line' : 'rectangle'
  const names = classes.length === 0 ? 'all' : classes.join(',')
  return `${action} ${kind} ${range(row, rows)} ${range(col, cols)} ${names} ${date ?? 'unknown'} ${textOf(author)} ${JSON.stringify(reason)}`
}

function range(first: number, count: number): string {
  return count === 1 ? String(first) : `${first}..${first + count - 1}`
}

function textOf(text: string | null): string {
  return text === null ? 'unknown' : JSON.stringify(text)
}
