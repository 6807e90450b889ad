import { FormatError } from '../../errors.js'
import type { Shape } from '../../frame/shape.js'
import { DEFECT_FLAGS } from '../../maps/defect-flags.js'
import { assertPanelShape } from './assert-panel-shape.js'
import { parseJson } from './parse-json.js'
import type { ReadMap } from './read-map.js'

export interface ParseAreaDetectorJsonOptions {
  /** Flags of every listed pixel: the file states no class. @default DEFECT_FLAGS.user */
  readonly flags?: number
}

const ACTIONS = ['Set', 'Replace', 'Median'] as const

/**
 * Read the bad-pixel list of EPICS areaDetector (NDPluginBadPixel): `{ "Bad pixels": [{ "Pixel": [x, y], "Median": [1, 1] }, ...] }`,
 * with one of `Set` (a value), `Replace` (a step [dx, dy] to the pixel to copy) and `Median` (half sizes [mx, my]) for each, in
 * coordinates of the whole sensor. The places are read; how each was to be replaced is checked, counted and left to the plan.
 * @param file name for messages
 * @param shape of the panel, which the file does not state
 * @throws {FormatError} ERR_FORMAT
 * @see areaDetector ADCore, NDPluginBadPixel (R3-10, 2020)
 */
export function parseAreaDetectorJson(file: string, text: string, shape: Shape, options: ParseAreaDetectorJsonOptions = {}): ReadMap {
  const { flags = DEFECT_FLAGS.user } = options
  const [rows, cols] = shape
  assertPanelShape(file, rows, cols)
  const list = (parseJson(file, text) as Record<string, unknown> | null)?.['Bad pixels']
  if (!Array.isArray(list)) throw new FormatError({ file, expected: 'an object with the list "Bad pixels"', received: 'none' })
  const data = new Uint32Array(rows * cols)
  const counts = { Set: 0, Replace: 0, Median: 0 }
  list.forEach((item: unknown, i) => {
    const fail = (expected: string, received: unknown): never => {
      throw new FormatError({ file, expected: `bad pixel ${i + 1} with ${expected}`, received: JSON.stringify(received) ?? 'nothing' })
    }
    if (typeof item !== 'object' || item === null) return fail('"Pixel" and an action', item)
    const { Pixel: place, ...actions } = item as Record<string, unknown>
    if (!isPair(place) || !isInside(place, rows, cols)) return fail(`"Pixel": [x, y] from [0, 0] to [${cols - 1}, ${rows - 1}]`, place)
    const [x, y] = place
    const names = Object.keys(actions)
    const action = ACTIONS.find((name) => name === names[0])
    if (names.length !== 1 || action === undefined) return fail(`one of ${ACTIONS.join(', ')}`, names)
    const value = actions[action]
    if (action === 'Set' && !(typeof value === 'number' && Number.isFinite(value))) fail('"Set": a number', value)
    if (action === 'Median' && !(isPair(value) && value[0] >= 0 && value[1] >= 0)) fail('"Median": [mx, my] from 0', value)
    if (action === 'Replace' && !(isPair(value) && isInside([x + value[0], y + value[1]], rows, cols)))
      fail('"Replace": a step inside the panel', value)
    if (data[y * cols + x] !== 0) fail('a place of its own', place)
    data[y * cols + x] = flags
    counts[action]++
  })
  return { defects: { data, shape: [rows, cols] }, notes: noteActions(counts) }
}

function isPair(value: unknown): value is [number, number] {
  return Array.isArray(value) && value.length === 2 && value.every((part) => Number.isSafeInteger(part))
}

function isInside([x, y]: readonly [number, number], rows: number, cols: number): boolean {
  return x >= 0 && y >= 0 && x < cols && y < rows
}

function noteActions(counts: Readonly<Record<string, number>>): string[] {
  const used = Object.entries(counts).filter(([, count]) => count > 0)
  if (used.length === 0) return []
  return [
    `how the pixels were to be replaced (${used.map(([name, count]) => `${name} ${count}`).join(', ')}) is not kept: the defect plan decides`
  ]
}
