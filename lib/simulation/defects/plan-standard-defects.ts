import { sampleUniform } from '../random/sample-uniform.js'
import type { Shape } from '../../frame/shape.js'
import type { RandomState } from '../random/create-random-state.js'
import type { PlannedDefect, PlantedClass } from './planned-defect.js'

/** Good pixels that stay between two defects of the plan, lines crossing lines excepted. */
const SEPARATION = 3
/** Single pixels are planned per this many pixels of panel. */
const UNIT = 256 * 256
/** Lines are planned on panels of at least so many rows and columns, at least so far from the edge and from each other. */
const SMALLEST_FOR_LINES = 64
const LINE_DISTANCE = 12
const ATTEMPTS = 100

/** Single pixels of one unit of panel: class and strengths, those first that every rule should see. */
const SINGLES: readonly (readonly [PlantedClass, readonly (number | undefined)[]])[] = [
  ['dead', [undefined, undefined, undefined, undefined, undefined, undefined]],
  ['stuck', [0.5, 0, 0.1, 0.9]],
  ['hot', [0.05, 0.025, 0.2, 0.012, 0.6, 0.006]],
  ['overResponding', [1.7, 1.4, 1.2, 1.85]],
  ['underResponding', [0.3, 0.55, 0.75, 0.1]],
  ['noisy', [8, 5, 20, 3, 13, 2]],
  ['levelDependent', [0.05, -0.04, 0.025]],
  ['sessionDependent', [0.05, -0.04, 0.025]],
  ['unstable', [20, 40, 12, 6]]
]

/** Dead blocks and patterns of one unit of panel; the last is a ring around a good pixel. */
const CLUSTERS: readonly (readonly string[])[] = [
  ['##', '##'],
  ['##', '##', '##'],
  ['#.', '##'],
  ['#..', '#..', '###'],
  ['###', '###', '###'],
  ['#.', '.#'],
  ['####', '####', '####', '####'],
  ['#####', '#####', '#####', '#####', '#####'],
  ['###', '#.#', '###']
]

/**
 * The standard plan of defects, scaled to the panel. Per 256 x 256 pixels: 40 single pixels of every class, with strengths
 * graded around the usual thresholds, and nine dead clusters from two pixels to 5 x 5. Once per panel: a single pixel,
 * 2 x 2, L and 3 x 3 in the four corners; a single pixel and a cluster on each edge. From 64 x 64 pixels on, per 1024
 * columns: a whole dead column, one from the midline to the last row, one partial from the first row; weak columns (0.9
 * from the first row to the midline, 0.95 whole, 0.97 from the midline to the last row); per 1024 rows: a whole dead row, a
 * partial one ending at the last column, a weak one (0.93). At least three good pixels lie between any two defects, lines
 * that cross excepted; what finds no place is left out.
 * @param state is changed; the same state gives the same plan
 */
export function planStandardDefects(shape: Shape, state: RandomState): PlannedDefect[] {
  const [rows, cols] = shape
  const plan: PlannedDefect[] = []
  const taken = new Uint8Array(rows * cols)
  const place = (defect: PlannedDefect): boolean => {
    if (!isFree(defect, shape, taken)) return false
    plan.push(defect)
    take(defect, shape, taken)
    return true
  }
  const lines = planLines(shape, state)
  for (const line of lines) take(line, shape, taken)
  plan.push(...lines)
  for (const defect of cornerDefects(shape)) place(defect)
  for (const make of edgeDefects(shape, state)) attempt(() => place(make()))
  const units = (rows * cols) / UNIT
  for (let k = 0; k < Math.max(1, Math.round(CLUSTERS.length * units)); k++) {
    const pattern = CLUSTERS[k % CLUSTERS.length]
    attempt(() => place(anywhere({ class: 'cluster', pattern }, shape, state)))
  }
  for (const [name, strengths] of SINGLES) {
    for (let k = 0; k < Math.max(1, Math.round(strengths.length * units)); k++) {
      const strength = strengths[k % strengths.length]
      attempt(() => place(anywhere({ class: name, ...(strength === undefined ? {} : { strength }) }, shape, state)))
    }
  }
  return plan
}

function planLines([rows, cols]: Shape, state: RandomState): PlannedDefect[] {
  if (rows < SMALLEST_FOR_LINES || cols < SMALLEST_FOR_LINES) return []
  const middle = rows >> 1
  const columns: Omit<PlannedDefect, 'col'>[] = [
    { class: 'line', row: 0, rows },
    { class: 'line', row: middle, rows: rows - middle },
    { class: 'line', row: 0, rows: Math.round(rows * 0.3) },
    { class: 'weakLine', row: 0, rows: middle, strength: 0.9 },
    { class: 'weakLine', row: 0, rows, strength: 0.95 },
    { class: 'weakLine', row: middle, rows: rows - middle, strength: 0.97 }
  ]
  const partial = Math.round(cols * 0.3)
  const rowLines: Omit<PlannedDefect, 'row'>[] = [
    { class: 'line', col: 0, cols },
    { class: 'line', col: cols - partial, cols: partial },
    { class: 'weakLine', col: 0, cols, strength: 0.93 }
  ]
  const repeated = <T>(list: readonly T[], length: number): T[] =>
    Array.from({ length: Math.max(1, Math.round(length / 1024)) }, () => list).flat()
  return [
    ...spread(repeated(columns, cols), cols, state).map(([line, col]) => ({ ...line, col })),
    ...spread(repeated(rowLines, rows), rows, state).map(([line, row]) => ({ ...line, row }))
  ]
}

/** Give each line a random place of its own, away from the edges and from the others. */
function spread<T>(lines: readonly T[], length: number, state: RandomState): [line: T, place: number][] {
  const used: number[] = []
  const result: [T, number][] = []
  for (const line of lines) {
    attempt(() => {
      const place = LINE_DISTANCE + below(length - 2 * LINE_DISTANCE, state)
      if (used.some((other) => Math.abs(other - place) < LINE_DISTANCE)) return false
      used.push(place)
      result.push([line, place])
      return true
    })
  }
  return result
}

function cornerDefects([rows, cols]: Shape): PlannedDefect[] {
  return [
    { class: 'dead', row: 0, col: 0 },
    { class: 'cluster', row: 0, col: cols - 2, rows: 2, cols: 2 },
    { class: 'cluster', row: rows - 2, col: 0, pattern: ['#.', '##'] },
    { class: 'cluster', row: rows - 3, col: cols - 3, rows: 3, cols: 3 }
  ]
}

function edgeDefects([rows, cols]: Shape, state: RandomState): (() => PlannedDefect)[] {
  return [
    () => ({ class: 'dead', row: 0, col: below(cols, state) }),
    () => ({ class: 'dead', row: rows - 1, col: below(cols, state) }),
    () => ({ class: 'dead', row: below(rows, state), col: 0 }),
    () => ({ class: 'dead', row: below(rows, state), col: cols - 1 }),
    () => ({ class: 'cluster', row: 0, col: below(cols, state), rows: 2, cols: 3 }),
    () => ({ class: 'cluster', row: rows - 3, col: below(cols, state), rows: 3, cols: 3 }),
    () => ({ class: 'cluster', row: below(rows, state), col: 0, rows: 2, cols: 2 }),
    () => ({ class: 'cluster', row: below(rows, state), col: cols - 5, rows: 5, cols: 5 })
  ]
}

function anywhere(defect: Omit<PlannedDefect, 'row' | 'col'>, [rows, cols]: Shape, state: RandomState): PlannedDefect {
  return { ...defect, row: below(rows, state), col: below(cols, state) }
}

function attempt(place: () => boolean): void {
  for (let k = 0; k < ATTEMPTS; k++) if (place()) return
}

function below(length: number, state: RandomState): number {
  return Math.floor(sampleUniform(state) * length)
}

function isFree(defect: PlannedDefect, [rows, cols]: Shape, taken: Uint8Array): boolean {
  const [height, width] = extentOf(defect)
  const { row, col } = defect
  if (row < 0 || col < 0 || row + height > rows || col + width > cols) return false
  for (let r = row; r < row + height; r++) {
    for (let c = col; c < col + width; c++) if (taken[r * cols + c]) return false
  }
  return true
}

/** Take the defect and its surroundings. */
function take(defect: PlannedDefect, [rows, cols]: Shape, taken: Uint8Array): void {
  const [height, width] = extentOf(defect)
  for (let r = Math.max(0, defect.row - SEPARATION); r < Math.min(rows, defect.row + height + SEPARATION); r++) {
    const from = r * cols + Math.max(0, defect.col - SEPARATION)
    taken.fill(1, from, r * cols + Math.min(cols, defect.col + width + SEPARATION))
  }
}

function extentOf({ rows = 1, cols = 1, pattern }: PlannedDefect): [height: number, width: number] {
  return pattern ? [pattern.length, pattern[0].length] : [rows, cols]
}
