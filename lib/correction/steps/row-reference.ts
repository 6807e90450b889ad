import { CalibrationError } from '../../errors.js'
import { subtractRows } from '../../kernels/frame/steps/subtract-rows.js'
import { trimmedMean } from '../../kernels/statistics/trimmed-mean.js'
import type { CalibrationSet } from '../../maps/calibration-set.js'
import type { RowReference } from '../../maps/corrections/row-reference.js'
import { BAD_PIXEL_BITS, DEFECT_FLAGS } from '../../maps/defect-flags.js'
import type { PlannedStep, Step } from '../program/step.js'

/**
 * Less the level with which each row was read: weight * e, e being the trimmed mean of (raw - offset) over the good reference pixels of
 * the row. A row without any keeps its level. Applied where the calibration has a row reference.
 * @see the least-squares (Wiener) weight of a level that is known with noise; the step refpix of JWST takes off the whole level
 */
export const rowReferenceStep: Step = {
  name: 'rowReference',
  plan(calibration) {
    const reference = calibration.corrections?.rowReference
    if (reference === undefined) return null
    assertRowReference(reference, calibration)
    return planRows(reference, calibration)
  }
}

function planRows({ columns, halves }: RowReference, calibration: CalibrationSet): PlannedStep {
  const { offset } = calibration
  const rowCount = offset.shape[0]
  const weights = new Float64Array(rowCount)
  for (const { rows, weight } of halves) weights.fill(weight, rows[0], rows[1])
  const { pixels, starts } = listReferencePixels(columns, calibration)
  const levels = new Float64Array(columns.reduce((sum, [from, to]) => sum + to - from, 0))
  return {
    kernel: subtractRows,
    takesRows: true,
    prepare({ raw, facts }, { rows }) {
      let sum = 0
      let squares = 0
      for (let row = 0; row < rowCount; row++) {
        let count = 0
        for (let k = starts[row]; k < starts[row + 1]; k++) {
          const level = raw[pixels[k]] - offset.data[pixels[k]]
          if (level - level === 0) levels[count++] = level
        }
        const shift = count === 0 ? 0 : weights[row] * trimmedMean(levels, count)
        rows[row] = shift
        sum += shift
        squares += shift * shift
      }
      facts.rowShiftSd = Math.sqrt(Math.max(0, squares / rowCount - (sum / rowCount) ** 2))
    }
  }
}

/** Indices of the good reference pixels, row after row; `starts` says where those of each row begin, and is one longer. */
function listReferencePixels(
  columns: RowReference['columns'],
  { offset, defects }: CalibrationSet
): { pixels: Uint32Array; starts: Uint32Array } {
  const [rows, cols] = offset.shape
  const pixels: number[] = []
  const starts = new Uint32Array(rows + 1)
  for (let row = 0; row < rows; row++) {
    for (const [from, to] of columns) {
      for (let i = row * cols + from; i < row * cols + to; i++) {
        if ((defects.data[i] & BAD_PIXEL_BITS & ~DEFECT_FLAGS.unexposed) === 0) pixels.push(i)
      }
    }
    starts[row + 1] = pixels.length
  }
  return { pixels: Uint32Array.from(pixels), starts }
}

/** @throws {CalibrationError} ERR_CALIBRATION */
function assertRowReference({ columns, halves }: RowReference, { offset }: CalibrationSet): void {
  const [rows, cols] = offset.shape
  if (columns.length === 0 || !isAscending(columns, 0, cols)) {
    throw wrong('columns', `columns [from, to) within 0 to ${cols}, ascending and apart`, columns)
  }
  const spans = halves.map((half) => half.rows)
  const covered = spans.reduce((sum, [from, to]) => sum + to - from, 0)
  if (!isAscending(spans, 0, rows) || covered !== rows) throw wrong('halves', `rows [from, to) that make up 0 to ${rows}`, spans)
  for (const { weight } of halves) if (!(weight >= 0 && weight <= 1)) throw wrong('weight', 'a number from 0 to 1', weight)
}

function isAscending(spans: readonly (readonly [number, number])[], least: number, most: number): boolean {
  let end = least
  for (const [from, to] of spans) {
    if (!(Number.isInteger(from) && Number.isInteger(to) && from >= end && to > from && to <= most)) return false
    end = to
  }
  return true
}

function wrong(field: string, expected: string, received: unknown): CalibrationError {
  return new CalibrationError({ subject: `row reference, ${field}`, expected, received: JSON.stringify(received) ?? String(received) })
}
