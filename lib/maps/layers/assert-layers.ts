import { CalibrationError } from '../../errors.js'
import { assertShape } from '../../frame/assert-shape.js'
import type { Region } from '../../frame/region.js'
import type { Shape } from '../../frame/shape.js'
import type { DefectEntry, DefectLayers, LayerName } from './defect-layers.js'
import { ENTRY_CLASSES } from './entry-classes.js'
import { parseDate } from './parse-date.js'

/** Lowest layer first: a later one has precedence. */
export const LAYER_NAMES: readonly LayerName[] = Object.freeze(['factory', 'found', 'user'] as const)

/** Entries may cover each pixel this often on average: what is beyond is a mistake or an attack, and would take minutes. */
const mostCover = 64

/**
 * Assert what holds for all layers: regions inside the panel, known classes that are not derived, `remove` in the user layer
 * only, known author and date there, dates that exist.
 * @param subject for messages
 * @param layers of a panel
 * @throws {ShapeError} ERR_SHAPE when the shape is none
 * @throws {CalibrationError} ERR_CALIBRATION naming the entry
 */
export function assertLayers(subject: string, layers: DefectLayers): void {
  const { shape } = layers
  assertShape(subject, { data: { length: shape[0] * shape[1] }, shape })
  let cover = 0
  for (const name of LAYER_NAMES) {
    layers[name].forEach((entry, i) => {
      const wrong = faultOf(entry, name, shape)
      if (wrong !== null) throw new CalibrationError({ subject: `${subject}: ${name} entry ${i + 1}`, ...wrong })
      cover += entry.region.rows * entry.region.cols
    })
  }
  if (cover > mostCover * shape[0] * shape[1]) {
    const expected = `entries that cover each pixel at most ${mostCover} times on average`
    throw new CalibrationError({ subject, expected, received: `${cover} pixels on a panel of ${shape[0] * shape[1]}` })
  }
}

function faultOf(entry: DefectEntry, layer: LayerName, shape: Shape): { expected: string; received: string } | null {
  const { action, region, classes, author, date, reason } = entry
  if (action !== 'add' && action !== 'remove') return { expected: 'the action "add" or "remove"', received: String(action) }
  if (!isInside(region, shape)) return { expected: `pixels inside the panel [${shape.join(', ')}]`, received: JSON.stringify(region) }
  const unknown = classes.find((name) => !ENTRY_CLASSES.includes(name))
  if (unknown !== undefined) return { expected: `classes of ${ENTRY_CLASSES.join(', ')}`, received: String(unknown) }
  if (action === 'add' && classes.length === 0) return { expected: 'at least one class', received: 'none' }
  if (action === 'remove' && layer !== 'user') return { expected: '"add": only the user layer vetoes', received: 'remove' }
  if (date !== null && parseDate(date) === null) return { expected: 'a day or a time in UTC after ISO 8601', received: date }
  if (layer === 'user' && (author === null || author.trim() === '')) return { expected: 'an author of every edit', received: 'none' }
  if (layer === 'user' && date === null) return { expected: 'a date of every edit', received: 'none' }
  if (layer === 'user' && reason.trim() === '') return { expected: 'a reason for every edit', received: 'none' }
  return null
}

function isInside({ row, col, rows, cols }: Region, shape: Shape): boolean {
  const whole = [row, col, rows, cols].every(Number.isSafeInteger)
  return whole && row >= 0 && col >= 0 && rows >= 1 && cols >= 1 && row + rows <= shape[0] && col + cols <= shape[1]
}
