import { DEFECT_FLAGS } from '../defect-flags.js'
import type { DefectMap } from '../maps.js'
import { assertLayers } from './assert-layers.js'
import type { DefectEntry, DefectLayers } from './defect-layers.js'
import { ENTRY_BITS } from './entry-classes.js'
import { flagsOf } from './flags-of.js'
import { parseDate } from './parse-date.js'

/**
 * The defect map that layers add up to: factory OR found, then the edits of the user in the order of their dates. An `add` ORs
 * its classes and `user`; a `remove` takes its classes away (without classes: all), whoever set them. Of two edits of the same
 * instant the `add` comes last: in doubt a pixel is bad.
 * Classes that follow from where the bad pixels stand are not in it: see `completeDefects`.
 * @returns flags [rows, cols], a new array
 * @throws {CalibrationError} ERR_CALIBRATION for layers that cannot be; see `assertLayers`
 */
export function resolveLayers(layers: DefectLayers): DefectMap {
  assertLayers('defect layers', layers)
  const { shape } = layers
  const data = new Uint32Array(shape[0] * shape[1])
  for (const { region, classes } of [...layers.factory, ...layers.found]) add(data, shape[1], region, flagsOf(classes))
  for (const { action, region, classes } of inTime(layers.user)) {
    if (action === 'add') add(data, shape[1], region, flagsOf(classes) | DEFECT_FLAGS.user)
    else keep(data, shape[1], region, ~(classes.length === 0 ? ENTRY_BITS : flagsOf(classes)))
  }
  return { data, shape }
}

function inTime(entries: readonly DefectEntry[]): DefectEntry[] {
  const timed = entries.map((entry) => ({ entry, time: parseDate(entry.date!)! }))
  timed.sort((a, b) => a.time - b.time || Number(a.entry.action === 'add') - Number(b.entry.action === 'add'))
  return timed.map(({ entry }) => entry)
}

function add(data: Uint32Array, width: number, { row, col, rows, cols }: DefectEntry['region'], flags: number): void {
  for (let r = row; r < row + rows; r++) for (let i = r * width + col; i < r * width + col + cols; i++) data[i] |= flags
}

function keep(data: Uint32Array, width: number, { row, col, rows, cols }: DefectEntry['region'], bits: number): void {
  for (let r = row; r < row + rows; r++) for (let i = r * width + col; i < r * width + col + cols; i++) data[i] &= bits
}
