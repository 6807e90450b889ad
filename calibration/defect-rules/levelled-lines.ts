import { rowMedians } from '../../lib/kernels/median/row-medians.js'
import { transposeF32 } from '../../lib/kernels/map/transpose-f32.js'
import type { Shape } from '../../lib/frame/shape.js'

/** Most rows of a strip. */
export const STRIP_ROWS = 64

/**
 * The columns of a map, or its rows as columns of the map laid on its side, levelled: each row is divided by the median of its good
 * pixels, or that is subtracted. Read in strips that stay in cache: no levelled map is ever held.
 */
export interface LevelledLines {
  readonly rows: number
  readonly cols: number
  /** Of the map as it is read, 0: good. */
  readonly bad: Uint8Array
  /** Values of the rows from (included) to (excluded), 64 at most; overwritten by the next call. */
  strip(from: number, to: number): Float32Array
  /** One value of a row that was read in a strip before. */
  valueAt(row: number, col: number): number
}

/**
 * @param bad 0: good
 * @param relative divide; else subtract
 */
export function levelledColumns(values: Float32Array, bad: Uint8Array, [rows, cols]: Shape, relative: boolean): LevelledLines {
  const levels = new Float64Array(rows)
  const out = new Float32Array(Math.min(rows, STRIP_ROWS) * cols)
  const strip = (from: number, to: number): Float32Array => {
    const lines = values.subarray(from * cols, to * cols)
    levelRows(lines, bad.subarray(from * cols, to * cols), cols, relative, levels.subarray(from, to), out)
    return out
  }
  return { rows, cols, bad, strip, valueAt: (row, col) => levelled(values[row * cols + col], levels[row], relative) }
}

/** @param turnedBad 0: good; of the map laid on its side */
export function levelledRows(values: Float32Array, turnedBad: Uint8Array, [rows, cols]: Shape, relative: boolean): LevelledLines {
  const levels = new Float64Array(cols)
  const out = new Float32Array(Math.min(cols, STRIP_ROWS) * rows)
  const strip = (from: number, to: number): Float32Array => {
    transposeF32(values, rows, cols, out, from, to)
    levelRows(out, turnedBad.subarray(from * rows, to * rows), rows, relative, levels.subarray(from, to), out)
    return out
  }
  return { rows: cols, cols: rows, bad: turnedBad, strip, valueAt: (row, col) => levelled(values[col * cols + row], levels[row], relative) }
}

/** Divide or subtract the median of the good pixels of each row, which `levels` receives; `out` may be the rows themselves. */
function levelRows(values: Float32Array, bad: Uint8Array, cols: number, relative: boolean, levels: Float64Array, out: Float32Array): void {
  rowMedians(values, bad, 0, cols, cols, 1, NaN, levels)
  for (let row = 0; row < levels.length; row++) {
    if (relative) divideRow(values, row * cols, (row + 1) * cols, levels[row], out)
    else subtractRow(values, row * cols, (row + 1) * cols, levels[row], out)
  }
}

function divideRow(values: Float32Array, from: number, to: number, level: number, out: Float32Array): void {
  let i = from
  for (; i < to - 3; i += 4) {
    out[i] = values[i] / level - 1
    out[i + 1] = values[i + 1] / level - 1
    out[i + 2] = values[i + 2] / level - 1
    out[i + 3] = values[i + 3] / level - 1
  }
  for (; i < to; i++) out[i] = values[i] / level - 1
}

function subtractRow(values: Float32Array, from: number, to: number, level: number, out: Float32Array): void {
  let i = from
  for (; i < to - 3; i += 4) {
    out[i] = values[i] - level
    out[i + 1] = values[i + 1] - level
    out[i + 2] = values[i + 2] - level
    out[i + 3] = values[i + 3] - level
  }
  for (; i < to; i++) out[i] = values[i] - level
}

function levelled(value: number, level: number, relative: boolean): number {
  return Math.fround(relative ? value / level - 1 : value - level)
}
